package org.ijepa.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.file.Replacement;
import org.ijepa.ledger.LedgerEntry;

/**
 * The finished runs that a run goes on from, the first one first; none for a run that began by
 * itself. It stands in the state of each checkpoint, and in {@code lineage.json} of the run folder.
 */
public record Lineage(List<Ancestor> ancestors) {
  /** A run that began by itself. */
  public static final Lineage NONE = new Lineage(List.of());

  /** In the state of a checkpoint. */
  private static final String KEY = "lineage";

  private static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  /** Copies the list. */
  public Lineage {
    ancestors = List.copyOf(ancestors);
  }

  /** That of a run, by the state of one of its checkpoints. */
  public static Lineage of(JsonNode state) {
    JsonNode its = state.path(KEY);
    return its.isMissingNode() ? NONE : of(its, "the state of a checkpoint");
  }

  private static Lineage of(JsonNode ancestors, String where) {
    try {
      return new Lineage(JSON.treeToValue(ancestors, new TypeReference<List<Ancestor>>() {}));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new IllegalArgumentException(where + " tells no lineage: " + e.getMessage(), e);
    }
  }

  /**
   * That of a run, by its folder.
   *
   * @throws IOException if the file there is none
   */
  public static Lineage read(Path run) throws IOException {
    Path file = RunFolder.lineage(run);
    if (!Files.exists(file)) {
      return NONE;
    }
    try {
      return of(JSON.readTree(Files.readAllBytes(file)), file.toString());
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new IOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Writes it into a run folder; a run that began by itself has no such file. */
  public void write(Path run) throws IOException {
    if (!ancestors.isEmpty()) {
      Replacement.of(
          RunFolder.lineage(run), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(list()));
    }
  }

  /** Adds it to the state of a checkpoint to be. */
  public void addTo(ObjectNode state) {
    if (!ancestors.isEmpty()) {
      state.set(KEY, list());
    }
  }

  private JsonNode list() {
    return JSON.valueToTree(ancestors);
  }

  /** That of a run which extends the one that has this lineage. */
  public Lineage then(Ancestor finished) {
    List<Ancestor> all = new ArrayList<>(ancestors);
    all.add(finished);
    return new Lineage(all);
  }

  /** The run that was extended, if one was. */
  public Optional<Ancestor> parent() {
    return ancestors.isEmpty()
        ? Optional.empty()
        : Optional.of(ancestors.get(ancestors.size() - 1));
  }

  /**
   * Where a ledger is not the one that goes on from these runs: each ended with the hash that
   * stands at its last step, which nothing but the same steps makes.
   *
   * @param entries from step 0
   * @return a line for each run; none where all is well
   */
  public List<String> problems(List<LedgerEntry> entries) {
    List<String> problems = new ArrayList<>();
    for (Ancestor ancestor : ancestors) {
      if (ancestor.step() > entries.size()) {
        problems.add(
            "%s ended after %d steps, this ledger has %d"
                .formatted(ancestor.run(), ancestor.step(), entries.size()));
      } else if (ancestor.step() > 0
          && !entries.get((int) ancestor.step() - 1).hash().equals(ancestor.ledgerHead())) {
        problems.add(
            "the first %d steps are not those of %s: the hashes of its last step differ"
                .formatted(ancestor.step(), ancestor.run()));
      }
    }
    return problems;
  }
}
