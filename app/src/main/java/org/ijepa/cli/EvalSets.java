package org.ijepa.cli;

import static java.util.stream.Collectors.toSet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.feature.FeatureExtractor.Wanted;
import org.ijepa.feature.Shifts;
import org.ijepa.random.RandomKey;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A probe that is fitted on one set of images and tested on another. */
abstract class EvalSets extends EvalProbe {
  private static final String SHIFT_TRAIN = "shift-train";
  private static final String SHIFT_TEST = "shift-test";

  @Option(names = "--data", paramLabel = "URI", required = true, description = "Training images.")
  private String train;

  @Option(names = "--test", paramLabel = "URI", required = true, description = "Test images.")
  private String test;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description =
          "Table of the images' labels, CSV with a header: path,NAME,... Default: labels.csv beside them.")
  private Optional<String> labels = Optional.empty();

  @Option(
      names = "--test-labels",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = "The same of the test images. Default: that of --labels.")
  private Optional<String> testLabels = Optional.empty();

  @Option(
      names = "--features",
      paramLabel = "WHAT",
      defaultValue = "encoder",
      description =
          "encoder, or to compare with: pixels (their channels) or grey (the mean of these), without one.")
  private Kind features;

  @Option(
      names = "--shift",
      paramLabel = "PIXELS",
      defaultValue = "0",
      description =
          "Moves each image, of both sets, by up to so many pixels each way, drawn by the seed.")
  private int shift;

  @Mixin private CacheOption cache;

  /** What was read, for the result's description. */
  private Optional<Sets> read = Optional.empty();

  /** What the probe is fitted to. */
  enum Kind {
    ENCODER,
    PIXELS,
    GREY
  }

  /** What is fitted on and what is asked, of which nothing is decoded yet. */
  record Images(LabelledImages train, LabelledImages test) {}

  /** What is fitted on, what is asked, and how many images of the latter are in the former, too. */
  record Sets(Part train, Part test, long shared) {}

  /** Both sets, and these columns of labels. */
  final Images images(FrozenEncoder frozen, List<Optional<String>> columns) {
    cache.prepare();
    Images images =
        new Images(
            frozen.images(train, labels.map(frozen::table), columns),
            frozen.images(test, testLabels.or(() -> labels).map(frozen::table), columns));
    images.train().problems().forEach(this::warn);
    images.test().problems().forEach(this::warn);
    // A table of both sets has lines that are of the other.
    if (labels.isEmpty() || testLabels.isPresent()) {
      images.train().strays().ifPresent(this::warn);
      images.test().strays().ifPresent(this::warn);
    }
    return images;
  }

  /**
   * Refuses classes that a probe cannot be fitted to or tested on, and tells of those that it
   * cannot know.
   *
   * @param known classes of the training images
   * @param asked those of the test images
   * @param name of a class
   */
  final void checkClasses(int[] known, int[] asked, IntFunction<String> name) {
    Set<Integer> classes = Arrays.stream(known).boxed().collect(toSet());
    if (classes.size() == 1) {
      throw new Failure(
          ExitCode.BAD_DATA,
          "all " + known.length + " training images have the label " + name.apply(known[0]),
          "a probe needs two classes or more: give it images of others too");
    }
    int[] strange = Arrays.stream(asked).filter(label -> !classes.contains(label)).toArray();
    if (strange.length > 0 && strange.length == asked.length) {
      throw new Failure(
          ExitCode.BAD_DATA,
          "no test image has a label that a training image has: %s there, %s here"
              .formatted(name.apply(asked[0]), name.apply(known[0])),
          "give two sets with the same labels, or name what they share with --label");
    }
    if (strange.length > 0) {
      warn(
          "%d of %d test images have labels that no training image has, such as %s: all errors"
              .formatted(strange.length, asked.length, name.apply(strange[0])));
    }
  }

  /** Features of the last blocks of both sets side by side. */
  final Sets features(FrozenEncoder frozen, Images images, int layers) throws IOException {
    Part fitted = part(frozen, images.train(), layers, SHIFT_TRAIN);
    Part asked = part(frozen, images.test(), layers, SHIFT_TEST);
    long shared = asked.shared(fitted);
    if (shared > 0) {
      warn(shared + " of " + asked.features().length + " test images are training images, too");
    }
    Sets sets = new Sets(fitted, asked, shared);
    read = Optional.of(sets);
    return sets;
  }

  /** What the probe reads of an encoder. */
  Values encoded() {
    return Values.AVERAGE;
  }

  /** Features of a patch; pixels are each a patch of their own. */
  final int width(FrozenEncoder frozen) {
    return switch (features) {
      case ENCODER -> frozen.width();
      case PIXELS -> frozen.settings().data().channels();
      case GREY -> 1;
    };
  }

  /** Which numbers of last blocks are tried; pixels have none. */
  final BlockChoice blocks(BlockOptions options, FrozenEncoder frozen) {
    return features == Kind.ENCODER ? options.of(frozen) : BlockChoice.none(name());
  }

  /** How images are moved: those of training, those of the test. */
  final List<Shifts> shifts() {
    return List.of(shifts(SHIFT_TRAIN), shifts(SHIFT_TEST));
  }

  private Shifts shifts(String purpose) {
    require(shift >= 0, "--shift " + shift, "give 0 or more pixels");
    return new Shifts(RandomKey.of(seed(), purpose), shift);
  }

  /** Whether an encoder is judged, not pixels. */
  final boolean judgesEncoder() {
    return features == Kind.ENCODER;
  }

  private Part part(FrozenEncoder frozen, LabelledImages images, int layers, String shiftPurpose)
      throws IOException {
    Values values =
        switch (features) {
          case ENCODER -> encoded();
          case PIXELS -> Values.PIXELS;
          case GREY -> Values.GREY;
        };
    Wanted wanted = new Wanted(encoder(), layers, values, shifts(shiftPurpose));
    Part part = new Part(images, cache.features(frozen, images, wanted));
    if (part.features().length == 0) {
      throw new Failure(
          ExitCode.BAD_DATA,
          "none of the " + part.unreadable() + " files of " + images.uri() + " can be read",
          "give a set of images");
    }
    if (part.unreadable() > 0) {
      warn(part.unreadable() + " files of " + images.uri() + " are no images");
    }
    return part;
  }

  @Override
  final String about(FrozenEncoder frozen) {
    String moved = shift == 0 ? "" : ", images moved by up to " + shift + " pixels";
    return (features == Kind.ENCODER ? super.about(frozen) : name() + " of the images") + moved;
  }

  @Override
  final void describe(FrozenEncoder frozen, ObjectNode json) {
    super.describe(frozen, json);
    json.put("input", name());
    json.put("shift", shift);
    json.put("data", train);
    json.put("test", test);
    labels.ifPresent(table -> json.put("labels", table));
    testLabels.ifPresent(table -> json.put("test_labels", table));
    read.ifPresent(
        sets ->
            json.put("unreadable", sets.train().unreadable())
                .put("test_unreadable", sets.test().unreadable())
                .put("test_images_in_training", sets.shared()));
  }

  private String name() {
    return features.name().toLowerCase(Locale.ROOT);
  }
}
