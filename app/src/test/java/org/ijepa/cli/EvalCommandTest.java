package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The probes as commands, on a model that is hardly trained: that numbers come out, and where. */
final class EvalCommandTest {
  @TempDir static Path shared;
  @TempDir Path temp;

  @BeforeAll
  static void train() {
    scenes("train", 80, 0);
    scenes("test", 40, 500);
    List<String> arguments =
        new ArrayList<>(List.of("pretrain", "--out", shared.resolve("run").toString()));
    arguments.addAll(TinyModel.sets("data.uri=" + shared.resolve("train"), "optimization.steps=2"));
    Outcome outcome = run(arguments.toArray(new String[0]));
    assertThat(outcome.code()).as(outcome.err() + outcome.out()).isZero();
  }

  private static void scenes(String set, int count, int first) {
    Outcome outcome =
        run(
            "dataset",
            "scenes",
            "--out",
            shared.resolve(set).toString(),
            "--count",
            String.valueOf(count),
            "--first",
            String.valueOf(first));
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  /** Runs a probe; returns its JSON and checks that the text says something of it. */
  private JsonNode eval(String expectedText, String probe, String... options) throws Exception {
    Path json = temp.resolve("new/result.json");
    List<String> arguments = new ArrayList<>(List.of("eval", probe));
    arguments.addAll(
        List.of(
            "--checkpoint",
            shared.resolve("run/checkpoints").toString(),
            "--json",
            json.toString()));
    arguments.addAll(List.of(options));
    if (arguments.stream().noneMatch(option -> option.startsWith("--data"))) {
      arguments.add("--data=" + shared.resolve("train"));
    }
    Outcome outcome = run(arguments.toArray(new String[0]));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains(expectedText);
    JsonNode result = new ObjectMapper().readTree(Files.readString(json));
    assertThat(result.path("encoder").asText()).isEqualTo("target");
    return result;
  }

  private static String test() {
    return shared.resolve("test").toString();
  }

  @Test
  void shouldSayWhetherTheEncoderCollapses() throws Exception {
    JsonNode json = eval("directions in which images differ", "collapse", "--images", "30");
    assertThat(json.path("images").asInt()).isEqualTo(30);
    assertThat(json.path("rank").asDouble()).isBetween(1.0, 16.0);
    assertThat(json.path("word").asText()).isIn("normal", "watch", "collapsing");
  }

  @Test
  void shouldMeasureCollapseAlikeWhenAskedAgain() throws Exception {
    JsonNode once = eval("", "collapse", "--images", "30");
    JsonNode again = eval("", "collapse", "--images", "30");
    JsonNode others = eval("", "collapse", "--images", "30", "--seed", "4");
    assertThat(again).isEqualTo(once);
    assertThat(others).isNotEqualTo(once);
  }

  @Test
  void shouldMeasureTheTargetsOfTrainingForEitherEncoder() throws Exception {
    JsonNode target = eval("", "collapse", "--images", "30");
    Path json = temp.resolve("context.json");
    Outcome outcome =
        run(
            "eval",
            "collapse",
            "--images=30",
            "--encoder=context",
            "--data=" + shared.resolve("train"),
            "--checkpoint=" + shared.resolve("run/checkpoints"),
            "--json=" + json);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    JsonNode context = new ObjectMapper().readTree(Files.readString(json));
    for (String name : List.of("loss", "position_loss", "position_share", "target_variance")) {
      assertThat(context.path(name).asDouble()).as(name).isEqualTo(target.path(name).asDouble());
    }
    assertThat(context.path("patch_cosine").asDouble())
        .isNotEqualTo(target.path("patch_cosine").asDouble());
  }

  private Outcome collapse(String checkpoint) {
    return run(
        "eval",
        "collapse",
        "--images=30",
        "--data=" + shared.resolve("train"),
        "--checkpoint=" + shared.resolve("run/checkpoints") + checkpoint);
  }

  @Test
  void shouldTakeTheCheckpointThatIsNamed() {
    assertThat(result(collapse("/step-000000002-g1"))).isNotEmpty().isEqualTo(result(collapse("")));
    Outcome missing = collapse("/step-000000001-g1");
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("no complete checkpoint step-000000001-g1 in ");
    Outcome unmeasured = collapse("/best");
    assertThat(unmeasured.code()).isEqualTo(2);
    assertThat(unmeasured.err()).contains("no checkpoint with a probe's score in ");
  }

  /** What was said, but for how fast it went. */
  private static List<String> result(Outcome outcome) {
    return outcome.out().lines().filter(line -> !line.contains("images/s")).toList();
  }

  @Test
  void shouldFitEveryProbe() throws Exception {
    JsonNode linear =
        eval("step-000000002-g1, target encoder", "linear", "--label", "count", "--test", test());
    assertThat(linear.path("samples").asInt()).isEqualTo(40);
    assertThat(linear.path("tried")).hasSize(4);
    String[] sgd = {"--label=count", "--test=" + test(), "--sgd", "--epochs=2"};
    JsonNode trained = eval("linear probe by SGD on crops: 2 epochs", "linear", sgd);
    assertThat(trained.path("samples").asInt()).isEqualTo(40);
    assertThat(trained.path("tried")).hasSize(40);
    assertThat(eval("", "linear", sgd)).isEqualTo(trained);
    JsonNode few =
        eval("3 of each class", "lowshot", "--label", "count", "--test", test(), "--per-class=3");
    assertThat(few.path("draws")).hasSize(5);
    String[] tuned = {"--label=count", "--test=" + test(), "--per-class=3", "--fine-tune"};
    JsonNode both = eval("fine-tuned, 3 of each class", "lowshot", tuned);
    assertThat(both.path("draws")).isEqualTo(few.path("draws"));
    JsonNode fineTuning = both.path("fine_tuning");
    assertThat(fineTuning.path("draws")).hasSize(5);
    assertThat(fineTuning.path("learning_rate").asDouble()).isEqualTo(3e-4);
    assertThat(eval("", "lowshot", tuned)).isEqualTo(both);
    JsonNode knn = eval("accuracy", "knn", "--label", "count", "--test", test(), "-k", "3");
    assertThat(knn.path("k").asInt()).isEqualTo(3);
    JsonNode attentive =
        eval("4 heads", "attentive", "--label=count", "--test=" + test(), "--epochs=2");
    assertThat(attentive.path("patches").asInt()).isEqualTo(64);
    assertThat(attentive.path("samples").asInt()).isEqualTo(40);
    JsonNode ridge = eval("R^2", "ridge", "--label", "nearest", "--test", test());
    assertThat(ridge.path("test_samples").asInt()).isEqualTo(40);
  }

  /** The scenes of a set again, in a folder of each name by their number modulo the names. */
  private Path named(String set, String... names) throws Exception {
    Path root = temp.resolve(set);
    try (Stream<Path> files = Files.list(shared.resolve(set))) {
      List<Path> images = files.filter(file -> file.toString().endsWith(".jpg")).sorted().toList();
      for (int i = 0; i < images.size(); i++) {
        Path folder = Files.createDirectories(root.resolve(names[i % names.length]));
        Files.copy(images.get(i), folder.resolve(images.get(i).getFileName()));
      }
    }
    return root;
  }

  @Test
  void shouldCallClassesAsTheirFoldersAreCalled() throws Exception {
    String data = "--data=" + named("train", "cat", "green parrot");
    String asked = "--test=" + named("test", "cat", "green parrot");
    JsonNode knn = eval("\n         cat      40      20 ", "knn", data, asked);
    assertThat(knn.path("label_names").toString()).isEqualTo("[\"cat\",\"green parrot\"]");
    assertThat(knn.path("labels").toString()).isEqualTo("[0,1]");
    eval("\ngreen parrot      40      20 ", "linear", data, asked, "--layers=1");
    eval("\ngreen parrot 2 ", "attentive", data, asked, "--epochs=1");
    assertThat(eval("", "lowshot", data, asked, "--per-class=2").path("label_names")).hasSize(2);
  }

  @Test
  void shouldNameTheClassThatStandsAlone() throws Exception {
    for (String probe : List.of("linear", "knn", "attentive", "lowshot")) {
      temp = Files.createTempDirectory(shared, "one-");
      Outcome outcome =
          run(
              "eval",
              probe,
              "--checkpoint=" + shared.resolve("run/checkpoints"),
              "--data=" + named("train", "cat"),
              "--test=" + named("test", "cat", "dog"));
      assertThat(outcome.code()).isEqualTo(3);
      assertThat(outcome.err())
          .isEqualTo(
              "ijepa: all 80 training images have the label cat; a probe needs two classes or more:"
                  + " give it images of others too\n");
    }
  }

  @Test
  void shouldJudgePixelsByTheSameChoices() throws Exception {
    String[] given = {"--label=count", "--test=" + test(), "--features=grey"};
    JsonNode still = eval("grey of the images", "linear", given);
    assertThat(still.path("features").asInt()).isEqualTo(32 * 32);
    assertThat(still.path("tried")).hasSize(2);
    assertThat(still.path("input").asText()).isEqualTo("grey");
    JsonNode knn =
        eval(
            "moved by up to 4 pixels",
            "knn",
            "--label=count",
            "--test=" + test(),
            "--features=pixels",
            "--shift=4",
            "-k=3");
    assertThat(knn.path("features").asInt()).isEqualTo(32 * 32 * 3);
    assertThat(knn.path("shift").asInt()).isEqualTo(4);
  }

  @Test
  void shouldReadTheSameScenesFromEveryLayout() throws Exception {
    JsonNode count = eval("batch norm + linear", "count", "--test", test(), "--layers=1");
    JsonNode depth = eval("classes:  0: 0 - 8", "depth", "--test", test(), "--layers=1");
    assertThat(count.path("samples").asInt()).isEqualTo(40);
    assertThat(count.path("tried")).hasSize(2);
    assertThat(count.path("regression").path("mean_absolute_error").asDouble()).isPositive();
    assertThat(depth.path("probe").asText()).isEqualTo("depth");
    assertThat(depth.path("regression").path("mean_absolute_error").asDouble()).isBetween(0.1, 3.0);

    // The official layout: images/SPLIT, and all scenes of a split in one file elsewhere.
    Path clevr = temp.resolve("clevr");
    Files.createDirectories(clevr.resolve("images"));
    Files.createDirectories(clevr.resolve("scenes"));
    for (String split : List.of("train", "test")) {
      Path images = Files.createDirectories(clevr.resolve("images").resolve(split));
      try (Stream<Path> files = Files.list(shared.resolve(split))) {
        for (Path file : files.filter(each -> each.toString().endsWith(".jpg")).toList()) {
          Files.copy(file, images.resolve(file.getFileName()));
        }
      }
      Files.copy(
          shared.resolve(split).resolve("scenes.json"),
          clevr.resolve("scenes/CLEVR_" + split + "_scenes.json"));
    }
    JsonNode official =
        eval(
            "",
            "depth",
            "--layers=1",
            "--data=" + clevr.resolve("images/train"),
            "--test=" + clevr.resolve("images/test"));
    assertThat(official.path("data").asText()).endsWith("clevr/images/train");
    assertThat(measured(official)).isEqualTo(measured(depth));
  }

  /** A result without the addresses of what it is of. */
  private static JsonNode measured(JsonNode result) {
    return ((ObjectNode) result.deepCopy())
        .remove(List.of("data", "test", "labels", "test_labels"));
  }

  @Test
  void shouldCountWithATableThatKnowsNoDistance() throws Exception {
    JsonNode scenes = eval("", "count", "--test", test(), "--layers=1");
    List<String> tables = new ArrayList<>();
    for (String split : List.of("train", "test")) {
      List<String> lines = new ArrayList<>(List.of("path,count"));
      JsonNode known =
          new ObjectMapper()
              .readTree(Files.readString(shared.resolve(split).resolve("scenes.json")));
      for (JsonNode scene : known.path("scenes")) {
        lines.add(scene.path("image_filename").asText() + "," + scene.path("objects").size());
      }
      tables.add(Files.write(temp.resolve(split + ".csv"), lines).toString());
    }
    JsonNode table =
        eval(
            "",
            "count",
            "--test=" + test(),
            "--layers=1",
            "--labels=" + tables.get(0),
            "--test-labels=" + tables.get(1));
    assertThat(table.path("test_labels").asText()).endsWith("test.csv");
    assertThat(measured(table)).isEqualTo(measured(scenes));
  }

  @Test
  void shouldWarnOfTestImagesThatAreTrainingImages() {
    Outcome outcome =
        run(
            "eval",
            "knn",
            "--checkpoint=" + shared.resolve("run/checkpoints"),
            "--label=count",
            "--data=" + shared.resolve("train"),
            "--test=" + shared.resolve("train"));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).contains("warning: 80 of 80 test images are training images, too");
  }

  @Test
  void shouldTakeFeaturesFromAnEarlierProbe() throws Exception {
    String[] sets = {"--label=count", "--test=" + test(), "--cache=" + temp.resolve("cache/x")};
    JsonNode alone = eval("", "knn", "--layers=1", "-k=3", "--label=count", "--test=" + test());
    Outcome linear = probe("linear", sets);
    assertThat(linear.err()).contains("train: kept in ", "test: kept in ").doesNotContain("taken");
    // Neighbours look at the last block, which stands behind the four that the linear probe wanted.
    JsonNode kept = eval("", "knn", append(sets, "-k=3"));
    assertThat(kept).isEqualTo(alone);
    assertThat(probe("knn", sets).err())
        .contains("train: taken from ", "test: taken from ")
        .doesNotContain("kept");
    assertThat(probe("knn", append(sets, "--untrained")).err()).contains("kept in ");
    assertThat(probe("knn", append(sets, "--encoder=context")).err()).contains("kept in ");
    assertThat(probe("knn", append(sets, "--shift=1")).err()).contains("kept in ");
    assertThat(probe("knn", append(sets, "--shift=1", "--seed=1")).err()).contains("kept in ");
    assertThat(probe("knn", append(sets, "--seed=1")).err()).doesNotContain("kept in ");

    try (var files = Files.list(temp.resolve("cache/x"))) {
      for (Path file : files.toList()) {
        Files.write(file, new byte[100]);
      }
    }
    assertThat(probe("knn", sets).err())
        .contains("does not begin as a file of features does; its features are computed anew");
    assertThat(probe("knn", sets).err()).contains("taken from ").doesNotContain("warning");
  }

  private Outcome probe(String name, String... options) {
    String[] given = {
      "eval",
      name,
      "--checkpoint=" + shared.resolve("run/checkpoints"),
      "--data=" + shared.resolve("train")
    };
    Outcome outcome = run(append(given, options));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome;
  }

  private static String[] append(String[] options, String... more) {
    return Stream.concat(Stream.of(options), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void shouldRefuseASetOfWhichNothingCanBeRead() throws Exception {
    Path broken = Files.createDirectories(temp.resolve("broken/one"));
    Files.writeString(broken.resolve("a.png"), "no image");
    for (String probe : List.of("knn", "linear --sgd --epochs=1")) {
      List<String> arguments = new ArrayList<>(List.of("eval"));
      arguments.addAll(List.of(probe.split(" ")));
      arguments.add("--checkpoint=" + shared.resolve("run/checkpoints"));
      arguments.add("--data=" + shared.resolve("train"));
      arguments.add("--test=" + broken.getParent());
      arguments.add("--label=count");
      arguments.add("--labels=" + shared.resolve("train/labels.csv"));
      arguments.add("--test-labels=" + labels("path,count", "one/a.png,3"));
      Outcome outcome = run(arguments.toArray(new String[0]));
      assertThat(outcome.code()).as(probe + outcome.err()).isEqualTo(3);
      assertThat(outcome.err()).contains("none of the 1 files of ").contains("can be read");
    }
  }

  @Test
  void shouldAskLabelsBeforeImages() throws Exception {
    Path broken = Files.createDirectories(temp.resolve("broken/one"));
    Files.writeString(broken.resolve("a.png"), "no image");
    Files.writeString(broken.resolve("b.png"), "no image");
    String strange = "--test-labels=" + labels("path,count,x", "one/a.png,77,1", "one/b.png,78,1");
    String readable = "--labels=" + shared.resolve("train/labels.csv");
    Map<String, String> refused =
        Map.ofEntries(
            Map.entry("linear", "no test image has a label that a training image has: 77 there, "),
            Map.entry("linear --sgd", "no test image has a label that a training image has: 77"),
            Map.entry("linear --layers=1,5", "--layers 5 of an encoder with 4 blocks"),
            Map.entry("linear --epochs=5", "--epochs without --sgd; add --sgd, or leave"),
            Map.entry("linear --no-flip", "--no-flip without --sgd; add --sgd, or leave"),
            Map.entry(
                "lowshot --rates=1", "--rates without --fine-tune; add --fine-tune, or leave"),
            Map.entry("lowshot --draws=1", "--draws 1; give 2 or more"),
            Map.entry("lowshot --share=2", "--share 2.0; give a number between"),
            Map.entry("lowshot --per-class=0", "--per-class 0; give 1 or more"),
            Map.entry("lowshot --fine-tune --epochs=0", "--epochs 0; give 1 or more"),
            Map.entry("linear --sgd --epochs=0", "--epochs 0; give 1 or more"),
            Map.entry("attentive --heads=0", "--heads 0; give 1 or more"),
            Map.entry("attentive --epochs=0", "--epochs 0; give 1 or more"),
            Map.entry("knn -k=0", "-k 0; give 1 or more"),
            Map.entry("knn --temperature=0", "--temperature 0.0; give a number above 0"),
            Map.entry("count", "no test image has a label that a training image has: 77 there, "),
            Map.entry("ridge --test-labels=ONE", "all 2 test labels are 1.0; a regression needs"));
    Path one = temp.resolve("one.csv");
    Files.write(one, List.of("path,count", "one/a.png,1", "one/b.png,1"));
    for (Map.Entry<String, String> each : refused.entrySet()) {
      List<String> arguments = new ArrayList<>(List.of("eval"));
      arguments.addAll(List.of(each.getKey().replace("ONE", one.toString()).split(" ")));
      arguments.add("--checkpoint=" + shared.resolve("run/checkpoints"));
      arguments.add("--data=" + shared.resolve("train"));
      arguments.add("--test=" + broken.getParent());
      arguments.add(readable);
      if (!each.getKey().startsWith("count")) {
        arguments.add("--label=count");
      }
      if (!each.getKey().contains("ONE")) {
        arguments.add(strange);
      }
      Outcome outcome = run(arguments.toArray(new String[0]));
      assertThat(outcome.code()).as(outcome.err()).isIn(2, 3);
      assertThat(outcome.err()).as(each.getKey()).contains(each.getValue());
    }
    String[] many = {"eval", "knn", "-k=81", "--label=count", "--checkpoint", "--data", "--test"};
    many[4] += "=" + shared.resolve("run/checkpoints");
    many[5] += "=" + shared.resolve("train");
    many[6] += "=" + shared.resolve("train");
    assertThat(run(many).err()).contains("k = 81 neighbours of 80 training samples; give a k");
  }

  @Test
  void shouldTellOfLabelsThatNoTrainingImageHas() throws Exception {
    String data = "--data=" + named("train", "cat", "dog");
    String asked = "--test=" + named("test", "cat", "dog", "parrot", "cat");
    Outcome outcome =
        run("eval", "knn", data, asked, "--checkpoint=" + shared.resolve("run/checkpoints"));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err())
        .contains(
            "warning: 10 of 40 test images have labels that no training image has, such as parrot:"
                + " all errors");
  }

  private Path labels(String... lines) throws Exception {
    return Files.write(temp.resolve("labels.csv"), List.of(lines));
  }

  @Test
  void shouldSayInOneLineWhatIsWrong() {
    assertThat(run("eval").err()).contains("a probe is missing");
    assertThat(run("eval", "collapse", "--data", "x").err()).contains("--checkpoint");
    Outcome absent = run("eval", "collapse", "--checkpoint", temp.toString(), "--data", "x");
    assertThat(absent.code()).isEqualTo(2);
    assertThat(absent.err()).contains("no complete checkpoint");
    for (String probe : List.of("knn", "ridge")) {
      Outcome deep =
          run(
              "eval",
              probe,
              "--layers=7",
              "--data=" + shared.resolve("train"),
              "--test=" + test(),
              "--checkpoint=" + shared.resolve("run/checkpoints"));
      assertThat(deep.code()).isEqualTo(2);
      assertThat(deep.err()).contains("--layers 7 of an encoder with 4 blocks");
    }
    Outcome none =
        run(
            "eval",
            "collapse",
            "--images=-1",
            "--data=" + shared.resolve("train"),
            "--checkpoint=" + shared.resolve("run/checkpoints"));
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("--images -1").contains("2 or more");
    Outcome unwritable =
        run(
            "eval",
            "collapse",
            "--json=/proc/nowhere/x.json",
            "--data=x",
            "--checkpoint=" + shared.resolve("run/checkpoints"));
    assertThat(unwritable.code()).isEqualTo(2);
    assertThat(unwritable.err())
        .contains("/proc/nowhere/x.json cannot be written; name another place");
    String[] asked = {"eval", "lowshot", "--data=x", "--test=x", "--fine-tune"};
    List<String> pixels = new ArrayList<>(List.of(asked));
    pixels.addAll(List.of("--features=grey", "--checkpoint=" + shared.resolve("run/checkpoints")));
    Outcome untunable = run(pixels.toArray(new String[0]));
    assertThat(untunable.code()).isEqualTo(2);
    assertThat(untunable.err()).contains("only an encoder can be fine-tuned");
  }
}
