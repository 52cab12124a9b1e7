package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;

import akka.stream.javadsl.Sink;
import akka.util.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.ijepa.source.DataSource;
import org.ijepa.store.ConditionalS3.Fault;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3StoreTest extends StoreContract {
  private static final RetryPolicy SHORT =
      new RetryPolicy(
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofMillis(60),
          Duration.ofMillis(500));
  private static EmbeddedS3 s3;

  @BeforeAll
  static void startServer() throws Exception {
    s3 = EmbeddedS3.start();
  }

  @AfterAll
  static void stopServer() throws Exception {
    s3.close();
  }

  @Override
  Store empty() {
    return Store.open(
        "s3://%s/%s".formatted(EmbeddedS3.BUCKET, UUID.randomUUID()),
        s3.access(),
        PATIENT,
        system());
  }

  private static Store through(FaultyProxy proxy, RetryPolicy policy) {
    return Store.open(
        "s3://%s/%s/".formatted(EmbeddedS3.BUCKET, UUID.randomUUID()),
        EmbeddedS3.access(proxy.port()),
        policy,
        system());
  }

  private String emptiness(String prefix) {
    String uri = "s3://%s/%s".formatted(EmbeddedS3.BUCKET, prefix);
    return DataSource.open(
            uri,
            root -> Store.open(root, s3.access(), PATIENT, system()),
            Optional.empty(),
            system())
        .handle((source, failure) -> String.valueOf(failure.getMessage()))
        .toCompletableFuture()
        .join();
  }

  @Test
  void shouldNameTheFolderWhereAPrefixIsNone() {
    String root = "half-" + UUID.randomUUID();
    String bucket = "s3://" + EmbeddedS3.BUCKET;
    Store store = Store.open(bucket + "/" + root, s3.access(), PATIENT, system());
    assertThat(emptiness(root)).contains("nothing there; check the address");
    store.write("pre/x.jpg", random(3, 1)).toCompletableFuture().join();
    assertThat(emptiness(root + "/pr"))
        .contains("keys begin with %1$s/pr, such as %1$s/pre/x.jpg".formatted(root))
        .contains("give a whole folder: %s/%s/pre".formatted(bucket, root));
    assertThat(emptiness(root + "/pre/x.jpg"))
        .endsWith("give a whole folder: %s/%s/pre".formatted(bucket, root));
    assertThat(emptiness(root + "/other")).contains("nothing there; check the address");
  }

  @Test
  void shouldSayThatTheBucketIsNotThere() {
    Store store = Store.open("s3://no-such-bucket/x", s3.access(), PATIENT, system());
    StoreException listing = failure(store.list("").runWith(Sink.seq(), system()));
    assertThat(listing.kind()).isEqualTo(StoreException.Kind.NO_BUCKET);
    assertThat(listing).hasMessageContaining("s3://no-such-bucket/x");
    assertThat(failure(store.write("y", random(3, 1))).kind())
        .isEqualTo(StoreException.Kind.NO_BUCKET);
  }

  @Test
  void shouldSayThatCredentialsAreRefused() {
    s3.credentials("reader", "wrong");
    try {
      Store store = empty();
      StoreException failure = failure(store.list("").runWith(Sink.seq(), system()));
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.REFUSED);
      assertThat(failure).hasMessageContaining("AWS_ACCESS_KEY_ID");
      assertThat(failure(store.size("x")).kind()).isEqualTo(StoreException.Kind.REFUSED);
    } finally {
      s3.rightCredentials();
    }
  }

  @Test
  void shouldTakeAsManyRequestsAsForetold(@TempDir Path temp) throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store store = through(proxy, PATIENT);
      int before = proxy.requests();
      for (int bytes : new int[] {0, 3, 32 << 20, (32 << 20) + 1, 40 << 20}) {
        Path file = Files.write(temp.resolve("x"), new byte[bytes]);
        store.writeFile("x" + bytes, file).toCompletableFuture().join();
        assertThat(proxy.requests() - before).isEqualTo(S3Requests.ofWrite(bytes));
        before = proxy.requests();
      }
      for (int i = 0; i < 1_000; i++) {
        s3.put("many/%04d".formatted(i), new byte[1]);
      }
      Store many =
          Store.open(
              "s3://" + EmbeddedS3.BUCKET + "/many",
              EmbeddedS3.access(proxy.port()),
              PATIENT,
              system());
      before = proxy.requests();
      assertThat(list(many, "")).hasSize(1_000);
      assertThat(proxy.requests() - before).isEqualTo(1);
      s3.put("many/one more", new byte[1]);
      before = proxy.requests();
      List<Entry> found = list(many, "");
      assertThat(found).hasSize(1_001);
      assertThat(proxy.requests() - before)
          .isEqualTo(S3Requests.ofListing(found.stream().map(Entry::key)));
    }
  }

  @Test
  void shouldHintAtSignsThatSomeServersCannotTake() {
    StoreException failure = failure(empty().write("photo (1).jpg", random(3, 1)));
    assertThat(failure.kind()).isEqualTo(StoreException.Kind.REFUSED);
    assertThat(failure).hasMessageContaining("cannot take keys with one of");
  }

  @Test
  void shouldTakeAnEmptyPrefixForAnEmptyList() {
    assertThat(list(empty(), "")).isEmpty();
  }

  @Test
  void shouldReachTheWholeBucketWithoutAPrefix() {
    Store store = Store.open("s3://" + EmbeddedS3.BUCKET, s3.access(), PATIENT, system());
    String key = UUID.randomUUID() + "/x";
    await(store.write(key, random(3, 1)));
    assertThat(list(store, "")).extracting(Entry::key).contains(key);
  }

  @Test
  void shouldNotListTheNeighbourOfThePrefix() {
    String name = UUID.randomUUID().toString();
    Store bucket = Store.open("s3://" + EmbeddedS3.BUCKET, s3.access(), PATIENT, system());
    await(bucket.write(name + "/in", random(3, 1)));
    await(bucket.write(name + "-not/out", random(3, 1)));
    Store store =
        Store.open("s3://" + EmbeddedS3.BUCKET + "/" + name, s3.access(), PATIENT, system());
    assertThat(list(store, "")).extracting(Entry::key).containsExactly("in");
  }

  @Test
  void shouldFindOutWhetherTheServerCreatesOnlyNewObjects() {
    Store store = empty();
    if (await(store.supportsCreateNew())) {
      await(store.createNew("claim", ByteString.fromString("first")));
      assertThat(failure(store.createNew("claim", ByteString.fromString("second"))).kind())
          .isEqualTo(StoreException.Kind.EXISTS);
      assertThat(await(store.read("claim")).utf8String()).isEqualTo("first");
    } else {
      assertThat(failure(store.createNew("claim", ByteString.fromString("first"))).kind())
          .isEqualTo(StoreException.Kind.INVALID);
    }
    assertThat(list(store, ".create")).isEmpty();
  }

  private static Store claims(ConditionalS3 server) {
    Store store =
        Store.open(
            "s3://" + EmbeddedS3.BUCKET + "/run",
            EmbeddedS3.access(server.port()),
            PATIENT,
            system());
    assertThat(await(store.supportsCreateNew())).isTrue();
    return store;
  }

  @Test
  void shouldCreateThoughAServerIsBusyAtFirst() throws Exception {
    try (ConditionalS3 server = new ConditionalS3()) {
      Store store = claims(server);
      server.plan(Fault.REFUSED, Fault.REFUSED);
      await(store.createNew("claim", random(30, 1)));
      assertThat(await(store.read("claim"))).isEqualTo(random(30, 1));
      assertThat(store.hedges().retries()).isEqualTo(2);
      // The same bytes by another call are another's: nothing of this one was lost.
      assertThat(failure(store.createNew("claim", random(30, 1))).kind())
          .isEqualTo(StoreException.Kind.EXISTS);
    }
  }

  @Test
  void shouldKnowItsOwnObjectThoughTheAnswerWasLost() throws Exception {
    try (ConditionalS3 server = new ConditionalS3()) {
      Store store = claims(server);
      server.plan(Fault.DONE);
      await(store.createNew("claim", random(30, 1)));
      assertThat(await(store.read("claim"))).isEqualTo(random(30, 1));
    }
  }

  @Test
  void shouldNotTakeForItsOwnWhatAnotherHasCreatedBetweenAttempts() throws Exception {
    try (ConditionalS3 server = new ConditionalS3()) {
      Store store = claims(server);
      for (int bytes : new int[] {ConditionalS3.THEIRS.length, 30}) {
        String key = "claim-" + bytes;
        server.plan(Fault.OVERTAKEN);
        assertThat(failure(store.createNew(key, random(bytes, 1))).kind())
            .isEqualTo(StoreException.Kind.EXISTS);
        assertThat(await(store.read(key)).toArray()).isEqualTo(ConditionalS3.THEIRS);
      }
    }
  }

  @Test
  void shouldBearServerErrorsAndCutConnections() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store store = through(proxy, PATIENT);
      ByteString bytes = random(50_000, 5);
      proxy.plan(FaultyProxy.Fault.UNAVAILABLE, FaultyProxy.Fault.UNAVAILABLE);
      await(store.write("x", bytes));
      assertThat(proxy.connections()).isEqualTo(3);
    }
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store store = through(proxy, PATIENT);
      proxy.plan(FaultyProxy.Fault.CUT, FaultyProxy.Fault.UNAVAILABLE, FaultyProxy.Fault.CUT);
      assertThat(await(store.size("x"))).isEmpty();
    }
  }

  @Test
  void shouldReadAgainWhatWasCutInTheMiddle() throws Exception {
    Store direct = empty();
    ByteString bytes = random(200_000, 6);
    await(direct.write("x", bytes));
    String uri = direct.describe("");
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store store = Store.open(uri, EmbeddedS3.access(proxy.port()), PATIENT, system());
      proxy.plan(FaultyProxy.Fault.CUT, FaultyProxy.Fault.CUT);
      assertThat(await(store.read("x"))).isEqualTo(bytes);
      assertThat(proxy.connections()).isEqualTo(3);
    }
  }

  private static Store verifying(Store direct, FaultyProxy proxy, Verify verify) {
    S3Access access = EmbeddedS3.access(proxy.port());
    return Store.open(
        direct.describe(""),
        new S3Access(access.endpoint(), access.region(), access.anonymous(), verify),
        PATIENT,
        system());
  }

  @Test
  void shouldReadAgainWhatHasNotTheChecksumThatTheServerStates() throws Exception {
    Store direct = empty();
    ByteString bytes = random(50_000, 11);
    await(direct.write("x", bytes));
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store always = verifying(direct, proxy, Verify.ALWAYS);
      proxy.flip(1, 0);
      assertThat(await(always.read("x"))).isEqualTo(bytes);
      assertThat(proxy.flipsLeft()).isZero();
      assertThat(always.hedges().retries()).isEqualTo(1);

      Store suspect = verifying(direct, proxy, Verify.SUSPECT);
      proxy.flip(1, 0);
      assertThat(await(suspect.readSound("x", Version.ANY, 50_000))).isEqualTo(bytes);
      assertThat(suspect.hedges().retries()).isEqualTo(1);
      proxy.flip(1, 0);
      assertThat(await(suspect.read("x"))).isNotEqualTo(bytes);

      Store never = verifying(direct, proxy, Verify.NEVER);
      proxy.flip(1, 0);
      assertThat(await(never.readSound("x", Version.ANY, 50_000))).isNotEqualTo(bytes);
      assertThat(never.hedges().retries()).isZero();
    }
  }

  @Test
  void shouldSayThatBytesAreWrongWhereTheyLie() throws Exception {
    Store direct = empty();
    await(direct.write("x", random(50_000, 12)));
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store always = verifying(direct, proxy, Verify.ALWAYS);
      proxy.flip(Integer.MAX_VALUE, 0);
      StoreException failure = failure(always.read("x"));
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.DAMAGED);
      assertThat(failure).hasMessageContaining("/x: its bytes are twice the same");
      assertThat(always.hedges().retries()).isEqualTo(1);
    }
  }

  @Test
  void shouldCheckNothingOfAnObjectThatWasUploadedInParts(@TempDir Path temp) throws Exception {
    Store direct = empty();
    byte[] bytes = new byte[(int) S3Requests.SINGLE_PUT_BYTES + 1];
    await(direct.writeFile("x", Files.write(temp.resolve("x"), bytes)));
    assertThat(list(direct, "x").get(0).version()).contains("-");
    assertThat(await(direct.readSound("x", Version.ANY, bytes.length)).size())
        .isEqualTo(bytes.length);
  }

  @Test
  void shouldGiveUpOnAServerThatStaysDown() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      proxy.always(FaultyProxy.Fault.UNAVAILABLE);
      // Long enough for a second attempt on a busy machine, too.
      RetryPolicy policy =
          new RetryPolicy(
              SHORT.firstDelay(),
              SHORT.longestDelay(),
              Duration.ofSeconds(2),
              Duration.ofSeconds(20));
      StoreException failure = failure(through(proxy, policy).read("x"));
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
      assertThat(failure).hasMessageContaining("503").hasMessageContaining("given up after");
      assertThat(proxy.connections()).isGreaterThan(1);
    }
  }

  @Test
  void shouldGiveUpOnAServerThatNeverAnswers() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      proxy.always(FaultyProxy.Fault.STALL);
      StoreException failure = failure(through(proxy, SHORT).read("x"));
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
    }
  }

  @Test
  void shouldSayThatNobodyListens() throws Exception {
    int port;
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      port = proxy.port();
    }
    Store store = Store.open("s3://images/x", EmbeddedS3.access(port), SHORT, system());
    StoreException failure = failure(store.list("").runWith(Sink.seq(), system()));
    assertThat(failure.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
    assertThat(failure).hasMessageContaining("s3://images/x");
  }

  @Test
  void shouldReadFromAnotherConnectionWhereOneHangs() throws Exception {
    Store direct = empty();
    ByteString bytes = random(5_000, 7);
    await(direct.write("x", bytes));
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store store =
          Store.open(direct.describe(""), EmbeddedS3.access(proxy.port()), PATIENT, system());
      // From then on it is known how long one takes; before, none has a second connection.
      while (store.hedges().reads() < 128) {
        await(store.read("x"));
      }
      Hedges before = store.hedges();
      proxy.freeze();
      assertThat(await(store.read("x"))).isEqualTo(bytes);
      Hedges since = store.hedges().minus(before);
      assertThat(since).isEqualTo(new Hedges(1, 1, 1));
    }
  }

  @Test
  void shouldGiveUpOnAnAnswerThatOnlyTrickles() throws Exception {
    Store direct = empty();
    await(direct.write("x", random(200_000, 8)));
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store store =
          Store.open(direct.describe(""), EmbeddedS3.access(proxy.port()), SHORT, system());
      proxy.always(FaultyProxy.Fault.TRICKLE);
      StoreException failure = failure(store.read("x"));
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
      assertThat(failure).hasMessageContaining("bytes in");
    }
  }

  @Test
  void shouldTakeNoMoreThanIsExpectedOfAnAnswerWithoutAnEnd() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      proxy.always(FaultyProxy.Fault.ENDLESS);
      StoreException failure = failure(through(proxy, SHORT).read("x", 200_000));
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.RESIZED);
      assertThat(failure).hasMessageContaining("at most 200000 were expected");
    }
  }

  @Test
  void shouldSayThatCredentialsHaveExpired() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store store = through(proxy, PATIENT);
      for (String code : List.of("ExpiredToken", "InvalidToken", "TokenRefreshRequired")) {
        proxy.answer("400 Bad Request", error(code, "The provided token is of no use."));
        for (StoreException failure : List.of(failure(store.read("x")), failure(listing(store)))) {
          assertThat(failure.kind()).isEqualTo(StoreException.Kind.REFUSED);
          assertThat(failure)
              .hasMessageContaining("(400 %s: The provided token is of no use.)".formatted(code))
              .hasMessageContaining("renew them, and the same command goes on");
        }
      }
    }
  }

  @Test
  void shouldNameTheRegionOfABucketThatIsElsewhere() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store store = through(proxy, PATIENT);
      String body = error("PermanentRedirect", "Use the specified endpoint.");
      proxy.answer("301 Moved Permanently\r\nx-amz-bucket-region: eu-west-3", body);
      for (StoreException failure : List.of(failure(store.read("x")), failure(listing(store)))) {
        assertThat(failure.kind()).isEqualTo(StoreException.Kind.INVALID);
        assertThat(failure)
            .hasMessageContaining("301 PermanentRedirect: Use the specified endpoint.")
            .hasMessageContaining("set data.s3.region = eu-west-3");
      }
      proxy.answer("301 Moved Permanently", body);
      for (StoreException failure : List.of(failure(store.read("x")), failure(listing(store)))) {
        assertThat(failure.kind()).isEqualTo(StoreException.Kind.INVALID);
        assertThat(failure).hasMessageContaining("the bucket is in another region");
      }
    }
  }

  @Test
  void shouldSayThatTheServerIgnoresRanges() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      Store store = through(proxy, PATIENT);
      proxy.answer("200 OK", "0123456789");
      for (int offset : new int[] {0, 6, 7}) {
        StoreException failure = failure(store.read("x", offset, offset == 7 ? 10 : 4));
        assertThat(failure.kind()).isEqualTo(StoreException.Kind.INVALID);
        assertThat(failure).hasMessageContaining("the server ignores what part");
      }
      assertThat(await(store.read("x", 0, 10)).utf8String()).isEqualTo("0123456789");
    }
  }

  @Test
  void shouldTryAgainWhatIsOnlyUnderWay() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      proxy.answer(
          "409 Conflict", error("OperationAborted", "A conflicting operation is going on."));
      StoreException failure = failure(through(proxy, SHORT).read("x"));
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
      assertThat(failure)
          .hasMessageContaining("409 OperationAborted: A conflicting operation is going on.");
    }
  }

  @Test
  void shouldPassOnWhatAServerSaysThatAnswersNoXml() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      proxy.answer("418 Teapot", "short and stout\nwith more");
      StoreException failure = failure(through(proxy, PATIENT).read("x"));
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.INVALID);
      assertThat(failure).hasMessageContaining("answered 418 Teapot: short and stout; check");
    }
  }

  private static CompletionStage<List<Entry>> listing(Store store) {
    return store.list("").runWith(Sink.seq(), system());
  }

  private static String error(String code, String message) {
    return "<Error><Code>%s</Code><Message>%s</Message></Error>".formatted(code, message);
  }
}
