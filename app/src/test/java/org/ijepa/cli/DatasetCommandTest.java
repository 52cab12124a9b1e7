package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ijepa.digest.Sha256;
import org.ijepa.embedded.EmbeddedS3;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bucket gets the files that a folder gets. */
final class DatasetCommandTest {
  private static final int IMAGES = 20;

  @TempDir Path temp;
  private EmbeddedS3 server;

  @BeforeEach
  void startServer() throws IOException {
    server = EmbeddedS3.start(temp.resolve("s3"));
    server.createBucket("sets");
    server.credentials().useHere();
  }

  @AfterEach
  void stopServer() throws IOException {
    server.close();
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  private Outcome dataset(String out, List<String> what) {
    List<String> arguments = new ArrayList<>(List.of("dataset"));
    arguments.addAll(what);
    arguments.addAll(List.of("--out", out));
    if (out.contains("://")) {
      arguments.addAll(List.of("--set", "data.s3.endpoint=" + server.endpoint()));
    }
    return run(arguments.toArray(String[]::new));
  }

  private static Map<String, String> files(Path folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Sha256.hex(Files.readAllBytes(file)));
      }
    }
    return files;
  }

  private void assertSame(String name, int files, String... what) throws IOException {
    Path folder = temp.resolve(name);
    assertThat(dataset(folder.toString(), List.of(what)).code()).isZero();
    Outcome outcome = dataset("s3://sets/" + name, List.of(what));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains("in s3://sets/" + name);
    assertThat(files(temp.resolve("s3/sets/" + name))).hasSize(files).isEqualTo(files(folder));
    assertThat(Path.of("s3:")).doesNotExist();
    Outcome again = dataset("s3://sets/" + name, List.of(what));
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("is not empty").hasLineCount(1);
  }

  @Test
  void shouldRenderScenes() throws IOException {
    assertSame("scenes", IMAGES + 2, "scenes", "--count", Integer.toString(IMAGES), "--size", "32");
  }

  @Test
  void shouldConvertIdxFiles() throws IOException {
    byte[] pixels = new byte[16 + IMAGES * 4];
    ByteBuffer.wrap(pixels).putInt(0x803).putInt(IMAGES).putInt(2).putInt(2);
    byte[] labels = new byte[8 + IMAGES];
    ByteBuffer.wrap(labels).putInt(0x801).putInt(IMAGES);
    for (int i = 0; i < IMAGES; i++) {
      pixels[16 + 4 * i] = (byte) i;
      labels[8 + i] = (byte) (i % 3);
    }
    assertSame(
        "idx",
        IMAGES,
        "idx",
        "--images",
        Files.write(temp.resolve("pixels"), pixels).toString(),
        "--labels",
        Files.write(temp.resolve("labels"), labels).toString());
  }

  @Test
  void shouldConvertCifarFiles() throws IOException {
    byte[] records = new byte[IMAGES * 3073];
    for (int i = 0; i < IMAGES; i++) {
      records[i * 3073] = (byte) (i % 10);
      records[i * 3073 + 1] = (byte) i;
    }
    assertSame(
        "cifar",
        IMAGES,
        "cifar",
        "--images",
        Files.write(temp.resolve("batch.bin"), records).toString());
  }

  @Test
  void shouldSayThatThereIsNoBucket() {
    Outcome outcome = dataset("s3://nowhere/x", List.of("scenes", "--count", "3", "--size", "32"));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("there is no such bucket").hasLineCount(1);
    outcome = dataset("ftp://nowhere/x", List.of("scenes", "--count", "3", "--size", "32"));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("unknown kind of URI").hasLineCount(1);
  }
}
