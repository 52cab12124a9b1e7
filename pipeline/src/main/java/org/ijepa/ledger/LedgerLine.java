package org.ijepa.ledger;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.ijepa.order.Shards;
import org.ijepa.order.SourceShare;
import org.ijepa.order.Tail;

/**
 * The lines of a ledger's file, JSON in UTF-8: a header, entries, and rewinds.
 *
 * <p>A header names shards only where there are any: {@code "window"}, and {@code "shards":
 * [[samples, times], ...]}, in which shards of equal size that follow one another are written once.
 * Of several sources it has {@code "sources"} instead of {@code "samples"}, each with its share in
 * a thousand, samples, fingerprint and shards.
 *
 * <p>{@code skipped} and {@code substitutes} ({@code [[slot, attempt], ...]}) are written only
 * where they say something; a loss that is not finite is a string. Reading knows every field or
 * refuses.
 */
final class LedgerLine {
  /** The fast writer, because what {@code Double.toString} writes differs between JDK 17 and 25. */
  private static final JsonFactory FORMAT =
      new JsonFactoryBuilder()
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private static final ObjectMapper MAPPER =
      new ObjectMapper(FORMAT).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final Set<String> HEADER_FIELDS =
      Set.of("ledger", "seed", "index_fingerprint", "global_batch", "streams", "tail");
  private static final Set<String> SHARD_FIELDS = Set.of("window", "shards");
  private static final String SAMPLES = "samples";
  private static final String SOURCES = "sources";
  private static final String SHARE = "per_mille";
  private static final String FINGERPRINT = "index_fingerprint";
  private static final Set<String> ENTRY_FIELDS =
      Set.of("step", "skipped", "substitutes", "loss", "hash");

  private static final int MOST_SHARDS = 10_000_000;

  private LedgerLine() {}

  private interface Body {
    void writeTo(JsonGenerator json) throws IOException;
  }

  static byte[] of(LedgerHeader header) {
    boolean one = header.sources().size() == 1;
    SourceShare first = header.sources().get(0).share();
    return line(
        json -> {
          json.writeNumberField("ledger", header.formatVersion());
          json.writeNumberField("seed", header.seed());
          if (one) {
            json.writeNumberField(SAMPLES, first.samples());
          }
          json.writeStringField(FINGERPRINT, header.indexFingerprint());
          json.writeNumberField("global_batch", header.globalBatch());
          json.writeNumberField("streams", header.streams());
          json.writeStringField("tail", name(header.tail()));
          if (one) {
            writeShards(json, first.shards());
            return;
          }
          json.writeArrayFieldStart(SOURCES);
          for (LedgerHeader.Source source : header.sources()) {
            json.writeStartObject();
            json.writeNumberField(SHARE, source.share().perMille());
            json.writeNumberField(SAMPLES, source.share().samples());
            json.writeStringField(FINGERPRINT, source.indexFingerprint());
            writeShards(json, source.share().shards());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private static void writeShards(JsonGenerator json, Shards shards) throws IOException {
    if (shards.isEmpty()) {
      return;
    }
    json.writeNumberField("window", shards.window());
    json.writeArrayFieldStart("shards");
    writeSizes(json, shards.samples());
    json.writeEndArray();
  }

  private static void writeSizes(JsonGenerator json, List<Long> samples) throws IOException {
    for (int from = 0; from < samples.size(); ) {
      int to = from + 1;
      while (to < samples.size() && samples.get(to).equals(samples.get(from))) {
        to++;
      }
      json.writeArray(new long[] {samples.get(from), to - from}, 0, 2);
      from = to;
    }
  }

  static byte[] of(LedgerEntry entry) {
    return line(
        json -> {
          json.writeNumberField("step", entry.step());
          if (entry.skipped()) {
            json.writeBooleanField("skipped", true);
          }
          if (!entry.substitutes().isEmpty()) {
            json.writeArrayFieldStart("substitutes");
            for (Substitute substitute : entry.substitutes()) {
              json.writeArray(new int[] {substitute.slot(), substitute.attempt()}, 0, 2);
            }
            json.writeEndArray();
          }
          if (Double.isFinite(entry.loss())) {
            json.writeNumberField("loss", entry.loss());
          } else {
            json.writeStringField("loss", Double.toString(entry.loss()));
          }
          json.writeStringField("hash", entry.hash());
        });
  }

  static byte[] rewoundTo(long step) {
    return line(json -> json.writeNumberField("rewound_to", step));
  }

  static JsonNode parse(String line) throws JsonProcessingException {
    JsonNode node = MAPPER.readTree(line);
    require(node.isObject(), "it is no JSON object");
    return node;
  }

  static boolean isRewind(JsonNode line) {
    return line.has("rewound_to");
  }

  static long rewoundTo(JsonNode line) {
    requireFields(line, Set.of("rewound_to"));
    long step = integer(line, "rewound_to");
    require(step >= 0, "\"rewound_to\" is negative");
    return step;
  }

  static LedgerHeader header(JsonNode line) {
    boolean one = !line.has(SOURCES);
    Set<String> known = new TreeSet<>(HEADER_FIELDS);
    if (one) {
      known.add(SAMPLES);
      known.addAll(SHARD_FIELDS);
    } else {
      known.add(SOURCES);
    }
    requireFields(line, known);
    return new LedgerHeader(
        smallInteger(line, "ledger"),
        integer(line, "seed"),
        one ? List.of(onlySource(line)) : sources(line.get(SOURCES)),
        text(line, FINGERPRINT),
        smallInteger(line, "global_batch"),
        smallInteger(line, "streams"),
        tail(text(line, "tail")));
  }

  private static LedgerHeader.Source onlySource(JsonNode line) {
    return new LedgerHeader.Source(
        SourceShare.only(integer(line, SAMPLES), shards(line)), text(line, FINGERPRINT));
  }

  private static List<LedgerHeader.Source> sources(JsonNode list) {
    require(list.isArray() && list.size() > 1, "\"sources\" is no list of several");
    Set<String> known = new TreeSet<>(Set.of(SHARE, SAMPLES, FINGERPRINT));
    known.addAll(SHARD_FIELDS);
    List<LedgerHeader.Source> sources = new ArrayList<>();
    for (JsonNode source : list) {
      requireFields(source, known);
      sources.add(
          new LedgerHeader.Source(
              new SourceShare(
                  smallInteger(source, SHARE), integer(source, SAMPLES), shards(source)),
              text(source, FINGERPRINT)));
    }
    return sources;
  }

  private static Shards shards(JsonNode line) {
    if (SHARD_FIELDS.stream().noneMatch(line::has)) {
      return Shards.NONE;
    }
    String otherwise = "\"shards\" is no list of [samples, times]";
    require(line.path("shards").isArray() && !line.path("shards").isEmpty(), otherwise);
    List<Long> samples = new ArrayList<>();
    for (JsonNode pair : line.get("shards")) {
      require(
          pair.size() == 2 && pair.path(0).isIntegralNumber() && pair.path(1).isInt(), otherwise);
      int times = pair.get(1).intValue();
      require(times > 0 && times <= MOST_SHARDS - samples.size(), otherwise);
      samples.addAll(Collections.nCopies(times, pair.get(0).longValue()));
    }
    return new Shards(samples, smallInteger(line, "window"));
  }

  static LedgerEntry entry(JsonNode line) {
    requireFields(line, ENTRY_FIELDS);
    JsonNode skipped = line.path("skipped");
    require(skipped.isMissingNode() || skipped.isBoolean(), "\"skipped\" is no truth value");
    return new LedgerEntry(
        integer(line, "step"),
        skipped.asBoolean(false),
        substitutes(line.path("substitutes")),
        loss(line.path("loss")),
        text(line, "hash"));
  }

  private static List<Substitute> substitutes(JsonNode pairs) {
    String otherwise = "\"substitutes\" is no list of [slot, attempt]";
    require(pairs.isMissingNode() || pairs.isArray(), otherwise);
    List<Substitute> substitutes = new ArrayList<>();
    for (JsonNode pair : pairs) {
      require(pair.size() == 2 && pair.path(0).isInt() && pair.path(1).isInt(), otherwise);
      substitutes.add(new Substitute(pair.get(0).intValue(), pair.get(1).intValue()));
    }
    return substitutes;
  }

  private static double loss(JsonNode loss) {
    if (loss.isTextual()) {
      double value = Double.parseDouble(loss.textValue());
      require(!Double.isFinite(value), "\"loss\" is a finite number in quotes");
      return value;
    }
    require(loss.isNumber(), "\"loss\" is missing or no number");
    return loss.doubleValue();
  }

  private static Tail tail(String name) {
    for (Tail tail : Tail.values()) {
      if (name(tail).equals(name)) {
        return tail;
      }
    }
    throw new IllegalArgumentException("\"tail\" is neither \"drop\" nor \"carry\"");
  }

  private static String name(Tail tail) {
    return tail.name().toLowerCase(Locale.ROOT);
  }

  private static void requireFields(JsonNode line, Set<String> known) {
    Set<String> unknown = new TreeSet<>();
    line.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(known);
    require(unknown.isEmpty(), "it has fields that are not known: " + unknown);
  }

  private static long integer(JsonNode line, String field) {
    require(
        line.path(field).canConvertToLong() && line.path(field).isIntegralNumber(),
        "\"" + field + "\" is missing or no whole number");
    return line.get(field).longValue();
  }

  private static int smallInteger(JsonNode line, String field) {
    require(line.path(field).isInt(), "\"" + field + "\" is missing or no whole number");
    return line.get(field).intValue();
  }

  private static String text(JsonNode line, String field) {
    require(line.path(field).isTextual(), "\"" + field + "\" is missing or no text");
    return line.get(field).textValue();
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  private static byte[] line(Body body) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FORMAT.createGenerator(text)) {
      json.writeStartObject();
      body.writeTo(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }
}
