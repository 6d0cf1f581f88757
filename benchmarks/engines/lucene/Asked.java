import org.apache.lucene.document.LongField;
import org.apache.lucene.index.Term;
import org.apache.lucene.queries.spans.SpanNearQuery;
import org.apache.lucene.queries.spans.SpanTermQuery;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.MultiTermQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.RegexpQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.util.automaton.RegExp;

/** The queries of `asked.py`, made of Lucene's classes, as a program would. */
final class Asked {
  private static final int MOST_SCORED = 1024; // terms of a fuzzy query, as searchkit's

  private Asked() {}

  static Query query(String line, QueryParser parser) throws Exception {
    String field = parser.getField();
    int space = line.indexOf(' ');
    String kind = line.substring(1, space);
    String rest = line.substring(space + 1);
    switch (kind) {
      case "prefix":
        return new PrefixQuery(new Term(field, rest));
      case "wildcard":
        return new WildcardQuery(new Term(field, rest));
      case "regex":
        return new RegexpQuery(new Term(field, rest), RegExp.NONE);
      default:
        break;
    }
    String[] words = rest.split(" ");
    switch (kind) {
      case "fuzzy":
        Term word = new Term(field, words[2]);
        int edits = Integer.parseInt(words[1]);
        return words[0].equals("constant")
            ? new FuzzyQuery(
                word, edits, 0, MOST_SCORED, false, MultiTermQuery.CONSTANT_SCORE_BLENDED_REWRITE)
            : new FuzzyQuery(word, edits, 0, MOST_SCORED, false);
      case "range":
        return range(words);
      case "filter":
        BooleanQuery.Builder union = new BooleanQuery.Builder();
        union.setMinimumNumberShouldMatch(1);
        union.add(range(words), Occur.FILTER);
        for (int i = 3; i < words.length; i++) {
          union.add(parser.parse(words[i]), Occur.SHOULD);
        }
        return union.build();
      case "near":
      case "onear":
        SpanNearQuery.Builder near = new SpanNearQuery.Builder(field, kind.equals("onear"));
        near.setSlop(Integer.parseInt(words[0]) - 1);
        for (int i = 1; i < words.length; i++) {
          near.addClause(new SpanTermQuery(((TermQuery) parser.parse(words[i])).getTerm()));
        }
        return near.build();
      default:
        throw new IllegalArgumentException(line);
    }
  }

  private static Query range(String[] words) {
    return LongField.newRangeQuery(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]));
  }
}
