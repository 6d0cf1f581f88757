import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BytesRef;

/**
 * Indexes a prepared collection. The argument is a JSON file: corpus, folder, fields, sizes (the
 * documents of each segment, or null), merge (into one segment), deleted (ids).
 */
public final class Build {
  private static final List<String> NUMBERS = List.of("length", "share");

  public static void main(String[] arguments) throws Exception {
    ObjectMapper json = new ObjectMapper();
    JsonNode plan = json.readTree(Path.of(arguments[0]).toFile());
    List<String> fields = new ArrayList<>();
    plan.get("fields").forEach(field -> fields.add(field.asText()));
    JsonNode sizes = plan.get("sizes");
    IndexWriterConfig config = new IndexWriterConfig(new Words());
    config.setSimilarity(new BM25Similarity(1.2f, 0.75f));
    config.setRAMBufferSizeMB(256);
    if (!sizes.isNull()) {
      config.setMergePolicy(NoMergePolicy.INSTANCE);
      config.setRAMBufferSizeMB(1900);
      config.setRAMPerThreadHardLimitMB(2047);
    }
    try (MMapDirectory directory = new MMapDirectory(Path.of(plan.get("folder").asText()));
        IndexWriter writer = new IndexWriter(directory, config);
        BufferedReader lines = Files.newBufferedReader(Path.of(plan.get("corpus").asText()))) {
      int part = 0;
      int left = sizes.isNull() ? Integer.MAX_VALUE : sizes.get(0).asInt();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        writer.addDocument(document(json.readTree(line), fields));
        left--;
        if (left == 0) {
          writer.commit();
          part++;
          left = part < sizes.size() ? sizes.get(part).asInt() : Integer.MAX_VALUE;
        }
      }
      for (JsonNode id : plan.get("deleted")) {
        writer.deleteDocuments(new Term("id", id.asText()));
      }
      if (plan.get("merge").asBoolean()) {
        writer.forceMerge(1);
      }
      writer.commit();
    }
  }

  private static Document document(JsonNode record, List<String> fields) {
    String id = record.get("id").asText();
    Document document = new Document();
    document.add(new StringField("id", id, Field.Store.NO));
    document.add(new BinaryDocValuesField("id", new BytesRef(id)));
    for (String number : NUMBERS) {
      if (record.has(number)) {
        document.add(new LongField(number, record.get(number).asLong(), Field.Store.NO));
      }
    }
    for (String field : fields) {
      document.add(new TextField(field, record.get(field).asText(), Field.Store.NO));
    }
    return document;
  }
}
