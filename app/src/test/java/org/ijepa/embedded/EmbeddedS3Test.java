package org.ijepa.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.headers.ByteRange;
import akka.stream.alpakka.s3.AccessStyle;
import akka.stream.alpakka.s3.ListBucketResultContents;
import akka.stream.alpakka.s3.S3Attributes;
import akka.stream.alpakka.s3.S3Exception;
import akka.stream.alpakka.s3.S3Headers;
import akka.stream.alpakka.s3.S3Settings;
import akka.stream.alpakka.s3.javadsl.S3;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.testkit.javadsl.TestKit;
import akka.util.ByteString;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.immutable.Map.Map1;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;

class EmbeddedS3Test {
  private static ActorSystem system;

  @TempDir private Path folder;
  private EmbeddedS3 server;

  @BeforeAll
  static void startSystem() {
    system = ActorSystem.create("EmbeddedS3Test");
  }

  @AfterAll
  static void stopSystem() {
    TestKit.shutdownActorSystem(system);
  }

  @BeforeEach
  void startServer() throws IOException {
    server = EmbeddedS3.start(folder);
    server.createBucket("photos");
  }

  @AfterEach
  void stopServer() throws IOException {
    server.close();
  }

  private <T> T run(Source<T, ?> source, EmbeddedS3.Credentials credentials) throws Exception {
    return all(source, credentials).get(0);
  }

  private <T> List<T> all(Source<T, ?> source, EmbeddedS3.Credentials credentials)
      throws Exception {
    S3Settings settings =
        S3Settings.create(system)
            .withEndpointUrl(server.endpoint().toString())
            .withAccessStyle(AccessStyle.pathAccessStyle())
            .withCredentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(
                        credentials.accessKeyId(), credentials.secretAccessKey())))
            .withS3RegionProvider(() -> Region.EU_CENTRAL_1);
    return source
        .withAttributes(S3Attributes.settings(settings))
        .runWith(Sink.seq(), system)
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  private void put(String key, String text, S3Headers headers) throws Exception {
    Source<ByteString, NotUsed> data = Source.single(ByteString.fromString(text));
    run(
        S3.putObject(
            "photos",
            key,
            data,
            text.getBytes(StandardCharsets.UTF_8).length,
            ContentTypes.APPLICATION_OCTET_STREAM,
            headers),
        server.credentials());
  }

  private String get(String key) throws Exception {
    return String.join(
        "",
        all(S3.getObject("photos", key), server.credentials()).stream()
            .map(ByteString::utf8String)
            .toList());
  }

  private List<String> keys(String prefix) throws Exception {
    return all(S3.listBucket("photos", Optional.of(prefix)), server.credentials()).stream()
        .map(ListBucketResultContents::getKey)
        .toList();
  }

  @Test
  void shouldGiveBackWhatWasPut() throws Exception {
    put("a/b/c.jpg", "some bytes", S3Headers.empty());

    assertThat(get("a/b/c.jpg")).isEqualTo("some bytes");
    assertThat(folder.resolve("photos/a/b/c.jpg")).hasContent("some bytes");
  }

  @Test
  void shouldGiveBackARange() throws Exception {
    put("digits", "0123456789", S3Headers.empty());

    List<ByteString> part =
        all(S3.getObject("photos", "digits", ByteRange.createSlice(3, 6)), server.credentials());

    assertThat(part.stream().map(ByteString::utf8String)).containsExactly("3456");
  }

  @Test
  void shouldListMoreKeysThanAPageHolds() throws Exception {
    Path prefix = Files.createDirectories(folder.resolve("photos/many"));
    for (int i = 0; i < 2345; i++) {
      Files.createFile(prefix.resolve(String.format("%04d", i)));
    }

    List<String> keys = keys("many/");

    assertThat(keys).hasSize(2345).doesNotHaveDuplicates().isSorted();
    assertThat(keys.get(2344)).isEqualTo("many/2344");
  }

  @Test
  void shouldListAndServeFilesPutThereByHand() throws Exception {
    put("a/one", "1", S3Headers.empty());
    Files.writeString(folder.resolve("photos/a/two"), "22");

    assertThat(keys("a/")).containsExactly("a/one", "a/two");
    assertThat(get("a/two")).isEqualTo("22");
  }

  @Test
  void shouldLoseNoKeyFromListingsWhileOthersAreWritten() throws Exception {
    for (int i = 0; i < 40; i++) {
      put("kept-" + i, "x", S3Headers.empty());
    }
    var writer =
        java.util.concurrent.CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 60; i++) {
                try {
                  put("busy", "text " + i, S3Headers.empty());
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              }
            });

    do {
      assertThat(keys("kept-")).hasSize(40);
      assertThat(keys("")).hasSizeBetween(40, 41);
    } while (!writer.isDone());
    writer.get(30, TimeUnit.SECONDS);
  }

  @Test
  void shouldOverwriteInSpiteOfIfNoneMatch() throws Exception {
    S3Headers onlyIfAbsent = S3Headers.create().withCustomHeaders(new Map1<>("If-None-Match", "*"));
    put("generation", "first", onlyIfAbsent);

    put("generation", "second", onlyIfAbsent);

    // Not what S3 does; whoever claims something by creating an object must not rely on it here.
    assertThat(get("generation")).isEqualTo("second");
  }

  @Test
  void shouldRefuseAnotherSecret() throws Exception {
    put("a", "1", S3Headers.empty());
    var wrong = new EmbeddedS3.Credentials(server.credentials().accessKeyId(), "guessed");

    assertThatThrownBy(() -> all(S3.getObject("photos", "a"), wrong))
        .hasCauseInstanceOf(S3Exception.class)
        .hasMessageContaining("SignatureDoesNotMatch");
  }

  @Test
  void shouldRefuseUnsignedRequests() throws Exception {
    put("a", "1", S3Headers.empty());

    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(server.endpoint() + "/photos/a")).build(),
                HttpResponse.BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(403);
  }

  @Test
  void shouldSayThatABucketIsMissing() {
    assertThatThrownBy(
            () -> all(S3.listBucket("no-such-bucket", Optional.empty()), server.credentials()))
        .hasMessageContaining("bucket does not exist");
  }

  @Test
  void shouldNameATakenPort() {
    int taken = server.endpoint().getPort();

    assertThatThrownBy(() -> EmbeddedS3.start(folder, taken, EmbeddedS3.Credentials.generated()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("127.0.0.1:" + taken)
        .hasMessageContaining("name another port");
  }

  @Test
  void shouldKeepObjectsWhenStartedAgain() throws Exception {
    put("kept", "still here", S3Headers.empty());
    EmbeddedS3.Credentials credentials = server.credentials();
    server.close();

    server = EmbeddedS3.start(folder, 0, credentials);

    assertThat(get("kept")).isEqualTo("still here");
  }

  @Test
  void shouldNotTellTheSecret() {
    assertThat(server.credentials().toString())
        .doesNotContain(server.credentials().secretAccessKey());
  }
}
