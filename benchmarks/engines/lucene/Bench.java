import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BytesRef;

/**
 * Lucene, timed inside its JVM: one thread, query cache off, BM25 k1=1.2 b=0.75.
 *
 * <p>Arguments: the prepared collection, a folder for the index (built if it isn't there), a JSON
 * object of classes and their queries, the number of timed passes. Prints a JSON object: for each
 * class and mode the median nanoseconds of every query, and its count.
 */
public final class Bench {
  static final int WARM = 40;

  public static void main(String[] arguments) throws Exception {
    ObjectMapper json = new ObjectMapper();
    Path folder = Path.of(arguments[1]);
    EnglishAnalyzer analyzer = new EnglishAnalyzer(CharArraySet.EMPTY_SET);
    MMapDirectory directory = new MMapDirectory(folder);
    if (!DirectoryReader.indexExists(directory)) {
      build(json, Path.of(arguments[0]), directory, analyzer);
    }
    JsonNode classes = json.readTree(Path.of(arguments[2]).toFile());
    int passes = Integer.parseInt(arguments[3]);
    DirectoryReader reader = DirectoryReader.open(directory);
    IndexSearcher searcher = new IndexSearcher(reader);
    searcher.setSimilarity(new BM25Similarity(1.2f, 0.75f));
    searcher.setQueryCache(null);
    ObjectNode result = json.createObjectNode();
    result.put("documents", reader.numDocs());
    result.put("segments", reader.leaves().size());
    List<String> names = new ArrayList<>();
    classes.fieldNames().forEachRemaining(names::add);
    Random random = new Random(1);
    for (String mode : new String[] {"top10", "top100count", "count"}) {
      Map<String, long[]> samples = new HashMap<>();
      List<String> all = new ArrayList<>();
      for (String name : names) {
        for (JsonNode one : classes.get(name)) {
          all.add(one.asText());
        }
      }
      for (int pass = 0; pass < WARM + passes; pass++) {
        Collections.shuffle(all, random);
        for (String text : all) {
          long begin = System.nanoTime();
          run(searcher, analyzer, text, mode);
          long took = System.nanoTime() - begin;
          if (pass >= WARM) {
            samples.computeIfAbsent(text, key -> new long[passes])[pass - WARM] = took;
          }
        }
      }
      ObjectNode times = result.putObject(mode);
      for (String text : samples.keySet()) {
        long[] own = samples.get(text);
        Arrays.sort(own);
        times.put(text, own[own.length / 2]);
      }
    }
    ObjectNode counts = result.putObject("counts");
    for (String name : names) {
      for (JsonNode one : classes.get(name)) {
        counts.put(one.asText(), searcher.count(parse(analyzer, one.asText())));
      }
    }
    System.out.println(json.writeValueAsString(result));
  }

  static Query parse(EnglishAnalyzer analyzer, String text) throws Exception {
    return new QueryParser("text", analyzer).parse(text);
  }

  /** Parses, searches, reads the ids; the sum keeps the compiler from leaving anything out. */
  static long run(IndexSearcher searcher, EnglishAnalyzer analyzer, String text, String mode)
      throws Exception {
    Query query = parse(analyzer, text);
    if (mode.equals("count")) {
      return searcher.count(query);
    }
    boolean counting = mode.equals("top100count");
    int limit = counting ? 100 : 10;
    ScoreDoc[] hits =
        searcher.search(
                query,
                new TopScoreDocCollectorManager(limit, null, counting ? Integer.MAX_VALUE : limit))
            .scoreDocs;
    long sum = 0;
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    ScoreDoc[] ordered = hits.clone();
    Arrays.sort(ordered, (a, b) -> Integer.compare(a.doc, b.doc));
    BinaryDocValues ids = null;
    int leaf = -1;
    for (ScoreDoc hit : ordered) {
      int now = ReaderUtil.subIndex(hit.doc, leaves);
      if (now != leaf) {
        leaf = now;
        ids = leaves.get(leaf).reader().getBinaryDocValues("id");
      }
      if (ids.advanceExact(hit.doc - leaves.get(leaf).docBase)) {
        sum += ids.binaryValue().utf8ToString().length();
      }
    }
    return sum;
  }

  static void build(
      ObjectMapper json, Path corpus, MMapDirectory directory, EnglishAnalyzer analyzer)
      throws Exception {
    IndexWriterConfig config = new IndexWriterConfig(analyzer);
    config.setSimilarity(new BM25Similarity(1.2f, 0.75f));
    config.setRAMBufferSizeMB(256);
    try (IndexWriter writer = new IndexWriter(directory, config);
        BufferedReader lines = Files.newBufferedReader(corpus)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode record = json.readTree(line);
        Document document = new Document();
        document.add(new BinaryDocValuesField("id", new BytesRef(record.get("id").asText())));
        document.add(new TextField("text", record.get("text").asText(), Field.Store.NO));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
      writer.commit();
    }
  }
}
