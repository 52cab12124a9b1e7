package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Import, embed, export, pictures and masks one after another, on a file that PyTorch wrote. */
final class InterchangeTest {
  private static final Path RECORDED =
      Path.of("../evaluation/src/test/resources/interchange/tiny.pth.tar");

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int ijepa(String... arguments) {
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private String images() throws IOException {
    assertThat(ijepa("dataset", "scenes", "--count", "6", "--size", "32", "--out", at("scenes")))
        .isZero();
    Files.writeString(folder.resolve("scenes/broken.png"), "no image");
    return at("scenes");
  }

  private void shouldEmbed(String precision, String told) throws IOException {
    assertThat(
            ijepa(
                "embed",
                "--checkpoint",
                at("model"),
                "--data",
                at("scenes"),
                "--precision",
                precision,
                "--out",
                at(precision + ".npy")))
        .as(err.toString())
        .isZero();
    assertThat(folder.resolve(precision + ".json"))
        .content()
        .contains("\"precision\" : \"" + told + "\"");
  }

  private List<Float> values(String npy) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(npy)));
    FloatBuffer floats = bytes.order(ByteOrder.LITTLE_ENDIAN).position(256).asFloatBuffer();
    List<Float> values = new ArrayList<>();
    while (floats.hasRemaining()) {
      values.add(floats.get());
    }
    return values;
  }

  /** Every other image is none: the first two would be one of each. */
  @Test
  void shouldDrawImagesThatAreSpreadOverTheData() throws IOException {
    assertThat(ijepa("dataset", "scenes", "--count", "2", "--size", "32", "--out", at("two")))
        .isZero();
    Path mixed = Files.createDirectories(folder.resolve("mixed"));
    List<Path> scenes;
    try (Stream<Path> files = Files.walk(folder.resolve("two"))) {
      scenes = files.filter(file -> file.toString().endsWith(".jpg")).sorted().toList();
    }
    for (int i = 0; i < scenes.size(); i++) {
      Files.copy(scenes.get(i), mixed.resolve(2 * i + ".jpg"));
      Files.writeString(mixed.resolve((2 * i + 1) + ".jpg"), "no image");
    }
    assertThat(ijepa("import", RECORDED.toString(), "--heads", "2", "--out", at("model"))).isZero();
    String[] draw = {
      "pictures", "--checkpoint=" + at("model"), "--data=" + mixed, "--out=" + at("p"), "--among=2"
    };
    assertThat(ijepa(draw)).as(err.toString()).isZero();
    assertThat(err.toString()).isEmpty();
    draw[4] = "--among=3";
    assertThat(ijepa(draw)).as(err.toString()).isZero();
    assertThat(err.toString().strip()).startsWith("left out: 1.jpg ").hasLineCount(1);
  }

  @Test
  void shouldTakeAPublishedFileThroughEveryCommand() throws IOException {
    String scenes = images();
    try (RandomAccessFile giant = new RandomAccessFile(at("scenes/giant.png"), "rw")) {
      // Takes no room on the disk.
      giant.setLength(3L << 30);
    }
    assertThat(ijepa("import", RECORDED.toString(), "--heads", "2", "--out", at("model")))
        .as(err.toString())
        .isZero();
    assertThat(ijepa("embed", "--checkpoint", at("model"), "--data", scenes, "--out", at("f.npy")))
        .as(err.toString())
        .isZero();
    assertThat(Files.readAllLines(folder.resolve("f.txt"))).hasSize(6);
    assertThat(Files.size(folder.resolve("f.npy"))).isEqualTo(256 + 6 * 16 * 4);
    assertThat(Files.readAllLines(folder.resolve("f.unreadable.txt")))
        .satisfiesExactly(
            broken -> assertThat(broken).startsWith("broken.png"),
            giant -> assertThat(giant).startsWith("giant.png\tTOO_LARGE\t"));
    shouldEmbed("bf16", "bf16");
    shouldEmbed("fp32", "fp32");
    shouldEmbed("auto", "fp32");
    assertThat(folder.resolve("auto.npy")).hasSameBinaryContentAs(folder.resolve("fp32.npy"));
    List<Float> exact = values("fp32.npy");
    List<Float> rounded = values("bf16.npy");
    assertThat(rounded).isNotEqualTo(exact);
    for (int i = 0; i < exact.size(); i++) {
      assertThat(rounded.get(i)).isCloseTo(exact.get(i), within(0.05f));
    }
    assertThat(ijepa("pictures", "--checkpoint", at("model"), "--data", scenes, "--out", at("p")))
        .as(err.toString())
        .isZero();
    for (String picture : List.of("pca.png", "neighbours.png", "similarity.png", "predicted.png")) {
      assertThat(folder.resolve("p").resolve(picture)).isNotEmptyFile();
    }
    for (String format : List.of("hf", "safetensors", "torch")) {
      assertThat(
              ijepa("export", "--checkpoint", at("model"), "--format", format, "--out", at(format)))
          .as(err.toString())
          .isZero();
    }
    assertThat(ijepa("import", at("torch"), "--heads", "2", "--out", at("again")))
        .as(err.toString())
        .isZero();
    String file = "step-000000003-g1/optimizer.safetensors";
    assertThat(folder.resolve("again").resolve(file))
        .hasSameBinaryContentAs(folder.resolve("model").resolve(file));
  }

  /** Mean, deviation and heads are in no tensor, and decide the features. */
  @Test
  void shouldTakeItsOwnFileBackWithAllThatDecidesTheFeatures() throws IOException {
    String scenes = images();
    String[] odd = {"--mean", "0.5,0.4,0.3", "--std", "0.25,0.25,0.2", "--predictor-heads", "1"};
    List<String> first = new ArrayList<>(List.of("import", RECORDED.toString(), "--heads", "4"));
    first.addAll(List.of(odd));
    first.addAll(List.of("--out", at("model")));
    assertThat(ijepa(first.toArray(new String[0]))).as(err.toString()).isZero();
    assertThat(
            ijepa("export", "--checkpoint", at("model"), "--format", "torch", "--out", at("a.pth")))
        .isZero();
    assertThat(out.toString())
        .contains("the published code has to be changed for this model: 1 heads of the predictor")
        .contains("normalised by mean [0.5, 0.4, 0.3]");
    assertThat(ijepa("import", at("a.pth"), "--heads", "2", "--out", at("again"))).isEqualTo(2);
    assertThat(err.toString()).contains("--heads 2, but ").contains("says 4");
    assertThat(ijepa("import", at("a.pth"), "--out", at("again"))).as(err.toString()).isZero();
    for (String model : List.of("model", "again")) {
      assertThat(
              ijepa(
                  "embed",
                  "--checkpoint",
                  at(model),
                  "--data",
                  scenes,
                  "--out",
                  at(model + ".npy")))
          .as(err.toString())
          .isZero();
    }
    assertThat(folder.resolve("again.npy")).hasSameBinaryContentAs(folder.resolve("model.npy"));
  }

  @Test
  void shouldRefuseToEmbedWhereNothingCanBeRead() throws IOException {
    Path broken = Files.createDirectories(folder.resolve("broken"));
    Files.writeString(broken.resolve("a.png"), "no image");
    assertThat(ijepa("import", RECORDED.toString(), "--heads", "2", "--out", at("model"))).isZero();
    assertThat(
            ijepa(
                "embed", "--checkpoint", at("model"), "--data", at("broken"), "--out", at("f.npy")))
        .isEqualTo(3);
    assertThat(err.toString()).contains("none of 1 images of ").contains("f.unreadable.txt");
    assertThat(folder.resolve("f.npy")).doesNotExist();
  }

  @Test
  void shouldAskForHeadsThatTheFileDoesNotTell() {
    assertThat(ijepa("import", RECORDED.toString(), "--out", at("model"))).isEqualTo(2);
    assertThat(err.toString()).contains("width 16").contains("--heads");
  }

  @Test
  void shouldRefuseAFileThatIsCutOffInOneLine() throws IOException {
    byte[] whole = Files.readAllBytes(RECORDED);
    Path cut = folder.resolve("cut.pth.tar");
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    assertThat(ijepa("import", cut.toString(), "--out", at("model"))).isEqualTo(2);
    assertThat(err.toString().lines()).singleElement().asString().contains("cut off");
  }

  @Test
  void shouldDrawMasksOfBothModes() throws IOException {
    assertThat(
            ijepa(
                "masks",
                "--set",
                "data.image-size=224",
                "--set",
                "optimization.global-batch=64",
                "--data",
                images(),
                "--out",
                at("masks.png")))
        .as(err.toString())
        .isZero();
    assertThat(folder.resolve("masks.png")).isNotEmptyFile();
  }
}
