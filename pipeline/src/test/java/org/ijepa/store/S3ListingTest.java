package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.store.StoreContract.PATIENT;
import static org.ijepa.store.StoreContract.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.stream.javadsl.Sink;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class S3ListingTest {
  private static ActorTestKit kit;
  private static EmbeddedS3 s3;

  private final String root = UUID.randomUUID().toString();
  private FaultyProxy proxy;
  private Store store;

  @BeforeAll
  static void start() throws Exception {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString(HttpPool.overrides(8)).withFallback(ConfigFactory.load()));
    s3 = EmbeddedS3.start();
  }

  @AfterAll
  static void stop() throws Exception {
    s3.close();
    kit.shutdownTestKit();
  }

  @BeforeEach
  void open() throws Exception {
    proxy = new FaultyProxy(s3.port());
    store =
        Store.open(
            "s3://%s/%s".formatted(EmbeddedS3.BUCKET, root),
            EmbeddedS3.access(proxy.port()),
            PATIENT,
            kit.system());
  }

  @AfterEach
  void close() throws Exception {
    proxy.close();
  }

  private void put(List<String> keys) {
    keys.forEach(key -> s3.put(root + "/" + key, new byte[1]));
  }

  private static List<String> files(String folder, int count) {
    return IntStream.range(0, count).mapToObj(i -> "%s%04d".formatted(folder, i)).toList();
  }

  private static List<Entry> list(Store store, String prefix) {
    return await(store.list(prefix).runWith(Sink.seq(), kit.system()));
  }

  private static List<String> keys(List<Entry> entries) {
    return entries.stream().map(Entry::key).toList();
  }

  @Test
  void shouldListFoldersSideBySide() {
    List<String> keys = new ArrayList<>(List.of("top", "train.txt"));
    for (int i = 0; i < 9; i++) {
      keys.addAll(files("train/n%02d/".formatted(i), 100));
    }
    keys.addAll(files("train/large/", 1_100));
    keys.addAll(files("val/", 70));
    put(keys);
    put(List.of("train/", "drawn as a folder/"));
    assertThat(keys(list(store, ""))).containsExactlyInAnyOrderElementsOf(keys);
    // Two pages to see that there is more than one, and then the root, train, ten of classes, of
    // which one has a second page, val and the one that is none.
    assertThat(proxy.requests()).isEqualTo(2 + 1 + 1 + 11 + 1 + 1);
    assertThat(S3Requests.ofListing(keys.stream())).isEqualTo(2 + 1 + 1 + 11 + 1);
    assertThat(list(store, "val/")).hasSize(70);
    assertThat(list(store, "train/n0")).hasSize(900);
    assertThat(list(store, "train/"))
        .hasSize(2_000)
        .extracting(Entry::key)
        .doesNotContain("train/", "train.txt");
    assertThat(list(store, "tr")).hasSize(2_001);
    assertThat(list(store, "train/l")).hasSize(1_100);
  }

  @Test
  void shouldGoThroughFoldersWithAwkwardNames() {
    shouldFindFolders(
        "with space",
        "a+b+c",
        "100%25",
        "50%",
        "a~b[c]{d}|e^f_g.h-i\"j<k>",
        "#1?",
        "..a",
        "photo (1)",
        "a&b=c,d;e@f$g'h!i*j:k");
    assertThat(proxy.requests()).isEqualTo(2 + 1 + 1 + 2 + 9 + 9);
  }

  @Test
  void shouldGoOnPageAfterPageWhereServersMayRefuseAFolder() {
    shouldFindFolders("ascii", "Äpfel über Öl", "画像");
    assertThat(proxy.requests()).isEqualTo(2 + 1 + 2);
  }

  private void shouldFindFolders(String... names) {
    List<String> keys = new ArrayList<>(files("plain/", 1_001));
    for (String name : names) {
      keys.addAll(files(name + "/", 2));
      keys.addAll(files("in/" + name + "/", 1));
    }
    put(keys);
    assertThat(keys(list(store, ""))).containsExactlyInAnyOrderElementsOf(keys);
  }

  @Test
  void shouldStopGoingThroughFoldersThatHoldLittle() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      keys.addAll(files("%03d/".formatted(i), 4));
      keys.add("%03d/deeper/x".formatted(i));
    }
    keys.add("top");
    put(keys);
    assertThat(keys(list(store, ""))).containsExactlyInAnyOrderElementsOf(keys);
    assertThat(proxy.requests()).isEqualTo(2 + 1 + S3Listing.BATCH + 2);
    assertThat(S3Requests.ofListing(keys.stream())).isEqualTo(2 + 1 + S3Listing.BATCH + 2);
    assertThat(keys(list(store, "0")))
        .containsExactlyInAnyOrderElementsOf(keys.stream().filter(k -> k.startsWith("0")).toList());
  }

  @Test
  void shouldAskAgainForAFolderAlone() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      keys.addAll(files("%02d/".formatted(i), 100));
    }
    put(keys);
    // The first connection stays, and is the one of what is listed before the folders.
    assertThat(await(store.size(keys.get(0)))).hasValue(1);
    proxy.plan(FaultyProxy.Fault.UNAVAILABLE, FaultyProxy.Fault.CUT, FaultyProxy.Fault.UNAVAILABLE);
    assertThat(keys(list(store, ""))).containsExactlyInAnyOrderElementsOf(keys);
    assertThat(store.hedges().retries()).isEqualTo(3);
  }
}
