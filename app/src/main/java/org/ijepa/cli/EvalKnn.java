package org.ijepa.cli;

import java.io.IOException;
import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.probe.NearestNeighbours;
import org.ijepa.probe.NeighbourResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Weighted nearest neighbours. */
@Command(
    name = "knn",
    description = "Nearest training images by cosine vote for a test image's label.",
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval knn -k 10 --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalKnn extends EvalBlocks {
  @Option(
      names = "-k",
      paramLabel = "K",
      defaultValue = "20",
      description = "Neighbours that vote.")
  private int neighbours;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0.07",
      description = "Of the votes; small means that the nearest decides.")
  private double temperature;

  @Override
  Result judge(FrozenEncoder frozen) throws IOException {
    require(neighbours >= 1, "-k " + neighbours, "give 1 or more");
    require(temperature > 0, "--temperature " + temperature, "give a number above 0");
    NearestNeighbours.Options options =
        new NearestNeighbours.Options(
            neighbours, temperature, Runtime.getRuntime().availableProcessors());
    Images images = images(frozen);
    List<String> classes = classes(images);
    options.checkTraining(images.train().count());
    Sets sets = features(frozen, images);
    Part train = sets.train();
    Part test = sets.test();
    NeighbourResult knn;
    try (WorkLine progress = frozen.work("neighbours of", "test images")) {
      knn =
          NearestNeighbours.fit(
              train.features(),
              train.numbers(0, classes),
              test.features(),
              test.numbers(0, classes),
              options,
              done -> progress.at(done, test.features().length));
    }
    return named(knn.text(classes::get), knn.toJson(), classes);
  }
}
