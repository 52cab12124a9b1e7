package org.ijepa.checkpoint;

import static org.ijepa.checkpoint.CheckpointStore.await;

import akka.util.ByteString;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ijepa.decode.CrashingFile;
import org.ijepa.store.Entry;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;
import org.ijepa.store.StoreException.Kind;

/**
 * What the nodes and starts of a run leave each other beside its checkpoints: claims of generation
 * numbers, which fence off whoever led before; what was settled once for all; files that take a
 * process down; a word that shows that two see the same store; and the sign of life of who leads.
 * All calls block, and throw {@link StoreException}.
 */
public final class StoreMarks {
  private static final String GENERATIONS = "generations/";
  private static final String SETTLED = "settled/";
  private static final String CRASHING = "crashing-files/";
  private static final String JSON = ".json";
  private static final String TOKEN = "coordinator";
  private static final String SIGN = "alive";
  private static final int NONCE_WAIT_MILLIS = 500;

  /** What is stored under a prefix; nothing where nobody has written yet. */
  interface Listing {
    List<Entry> of(String prefix);
  }

  private final Store store;
  private final Listing listing;

  /** The marks in a store. */
  StoreMarks(Store store, Listing listing) {
    this.store = store;
    this.listing = listing;
  }

  /** The highest generation number claimed so far, or 0. */
  public long newestGeneration() {
    return listing.of(GENERATIONS).stream()
        .mapToLong(object -> number(object.key()))
        .max()
        .orElse(0);
  }

  private static long number(String key) {
    String digits = key.substring(GENERATIONS.length()).replaceAll("[^0-9].*", "");
    return digits.isEmpty() ? 0 : Long.parseLong(digits);
  }

  /**
   * Claims a generation's number for ever.
   *
   * @param claimant who claims, for people, and unlike every other claimant's
   * @return whether it is the claimant's; at most one claimant of a number gets true
   */
  public boolean claim(long generation, String claimant) throws InterruptedException {
    if (newestGeneration() >= generation) {
      return false;
    }
    String number = String.format(Locale.ROOT, "%s%06d", GENERATIONS, generation);
    ByteString content = ByteString.fromString("{\"claimed_by\": \"" + claimant + "\"}\n");
    if (await(store.supportsCreateNew())) {
      try {
        await(store.createNew(number + ".json", content));
        return true;
      } catch (StoreException e) {
        if (e.kind() == Kind.EXISTS) {
          return false;
        }
        throw e;
      }
    }
    // Many servers take a second conditional write for good: a claim under a name of its own, and
    // then a look whether anybody else claims the number too, tells in any case.
    String own = number + "-" + claimant + ".json";
    await(store.write(own, content));
    Thread.sleep(NONCE_WAIT_MILLIS);
    List<String> rivals =
        listing.of(GENERATIONS).stream()
            .map(Entry::key)
            .filter(key -> number(key) >= generation && !key.equals(own))
            .toList();
    return rivals.isEmpty();
  }

  /** What was settled under a key, if anything was. */
  public Optional<String> settled(String key) {
    return listing.of(SETTLED).stream()
        .map(Entry::key)
        .filter(name -> name.startsWith(settledName(key)))
        .sorted()
        .findFirst()
        .flatMap(this::small);
  }

  /**
   * Settles something for all nodes and starts of the run; what was settled before stays.
   *
   * @param key of letters, digits and hyphens
   * @param claimant who proposes, unlike everybody else who does
   * @return what is settled: the same text for all who ask
   */
  public String settle(String key, String text, String claimant) throws InterruptedException {
    Optional<String> before = settled(key);
    if (before.isPresent()) {
      return before.get();
    }
    ByteString content = ByteString.fromString(text);
    if (await(store.supportsCreateNew())) {
      try {
        await(store.createNew(settledName(key), content));
      } catch (StoreException e) {
        if (e.kind() != Kind.EXISTS) {
          throw e;
        }
      }
    } else {
      // As with claims: each under a name of its own, and the first by name is what counts.
      await(store.write(settledName(key) + claimant, content));
      Thread.sleep(NONCE_WAIT_MILLIS);
    }
    return settled(key).orElseThrow();
  }

  private static String settledName(String key) {
    return SETTLED + key + ".";
  }

  /**
   * Puts a file on the list of those that no node of the run decodes. Who finds the same writes the
   * same object.
   *
   * @param name of the file, for people
   * @param why it is there, for people
   * @return the object's name, for people
   */
  public String refuse(CrashingFile file, String name, String why) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("name", name).put("bytes", file.bytes()).put("sha256", file.sha256()).put("why", why);
    String key = CRASHING + file.text() + JSON;
    await(store.write(key, ByteString.fromString(json + "\n")));
    return store.describe(key);
  }

  /** The files that no node of the run decodes: their objects' names tell, unread. */
  public List<CrashingFile> refused() {
    return listing.of(CRASHING).stream()
        .map(Entry::key)
        .filter(key -> key.endsWith(JSON))
        .map(key -> key.substring(CRASHING.length(), key.length() - JSON.length()))
        .flatMap(text -> CrashingFile.parse(text).stream())
        .toList();
  }

  /** Shows that the store can be listed, written and deleted from. */
  public void probe(String claimant) {
    String key = "probe-" + claimant;
    await(store.write(key, ByteString.fromString("probe\n")));
    listing.of("probe-");
    await(store.delete(key));
  }

  /** Leaves a word that every node of the run must find here. */
  public void leaveToken(String token) {
    await(store.write(TOKEN, ByteString.fromString(token)));
  }

  /** Whether the word that was left last is this one: whether both see the same store. */
  public boolean hasToken(String token) {
    return small(TOKEN).equals(Optional.of(token));
  }

  private Optional<String> small(String key) {
    try {
      return Optional.of(await(store.read(key)).utf8String());
    } catch (StoreException e) {
      if (e.kind() == Kind.NOT_FOUND || e.kind() == Kind.NO_BUCKET) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Replaces the sign of life of the run that writes here. */
  public void writeSign(String text) {
    await(store.write(SIGN, ByteString.fromString(text)));
  }

  /** The sign of life that was left last, unless it was taken away. */
  public Optional<String> sign() {
    return small(SIGN);
  }

  /** The run has ended. */
  public void removeSign() {
    await(store.delete(SIGN));
  }
}
