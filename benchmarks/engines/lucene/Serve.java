import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.queryparser.classic.MultiFieldQueryParser;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.Version;

/**
 * Answers `worker.py`'s protocol from the index in the folder that is the argument: one thread,
 * query cache off, BM25 k1=1.2 b=0.75.
 */
public final class Serve {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final IndexSearcher searcher;
  private final QueryParser parser;
  private final List<String> texts = new ArrayList<>();

  private Serve(DirectoryReader reader) {
    searcher = new IndexSearcher(reader);
    searcher.setSimilarity(new BM25Similarity(1.2f, 0.75f));
    searcher.setQueryCache(null);
    Collection<String> names = new TreeSet<>(FieldInfos.getIndexedFields(reader));
    names.removeAll(List.of("id", "length", "share"));
    String[] fields = names.toArray(String[]::new);
    Words words = new Words();
    parser =
        fields.length == 1
            ? new QueryParser(fields[0], words)
            : new MultiFieldQueryParser(fields, words);
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    DirectoryReader reader = DirectoryReader.open(new MMapDirectory(Path.of(arguments[0])));
    Serve serve = new Serve(reader);
    ObjectNode hello = JSON.createObjectNode();
    hello.put("version", Version.LATEST.toString());
    hello.put("segments", reader.leaves().size());
    hello.put("counts", true);
    out.println(JSON.writeValueAsString(hello));
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode request = JSON.readTree(line);
      ObjectNode reply =
          request.has("queries") ? serve.take(request.get("queries")) : serve.run(request);
      out.println(JSON.writeValueAsString(reply));
    }
  }

  private ObjectNode take(JsonNode queries) {
    ObjectNode reply = JSON.createObjectNode();
    ArrayNode can = reply.putArray("can");
    for (JsonNode query : queries) {
      texts.add(query.get(1).asText());
      can.add(true);
    }
    return reply;
  }

  private ObjectNode run(JsonNode request) throws Exception {
    String mode = request.get("mode").asText();
    int limit = request.get("limit").asInt();
    boolean keep = request.get("keep").asBoolean();
    JsonNode order = request.get("order");
    double[] times = new double[order.size()];
    Object[] answers = new Object[times.length];
    for (int i = 0; i < times.length; i++) {
      String text = texts.get(order.get(i).asInt());
      long begin = System.nanoTime();
      answers[i] = ask(text, mode, limit);
      times[i] = (System.nanoTime() - begin) / 1000.0;
    }
    ObjectNode reply = JSON.createObjectNode();
    reply.set("us", JSON.valueToTree(times));
    if (keep) {
      reply.set("answers", JSON.valueToTree(answers));
    }
    return reply;
  }

  /** Parses, searches, reads the ids: the whole of what is timed. */
  private Object ask(String text, String mode, int limit) throws Exception {
    Query query = text.startsWith("@") ? Asked.query(text, parser) : parser.parse(text);
    if (mode.equals("count")) {
      return searcher.count(query);
    }
    boolean counting = mode.equals("top100count");
    TopDocs found =
        searcher.search(
            query,
            new TopScoreDocCollectorManager(limit, null, counting ? Integer.MAX_VALUE : limit));
    String[] ids = ids(found.scoreDocs);
    return counting ? (Object) found.totalHits.value() : ids;
  }

  private String[] ids(ScoreDoc[] hits) throws Exception {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    Integer[] order = new Integer[hits.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Integer.compare(hits[a].doc, hits[b].doc));
    String[] result = new String[hits.length];
    BinaryDocValues ids = null;
    int leaf = -1;
    for (int i : order) {
      int doc = hits[i].doc;
      int now = ReaderUtil.subIndex(doc, leaves);
      if (now != leaf) {
        leaf = now;
        ids = leaves.get(leaf).reader().getBinaryDocValues("id");
      }
      if (ids.advanceExact(doc - leaves.get(leaf).docBase)) {
        result[i] = ids.binaryValue().utf8ToString();
      }
    }
    return result;
  }
}
