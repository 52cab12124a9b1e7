package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.ijepa.dataset.CifarDataset;
import org.ijepa.dataset.IdxDataset;
import org.ijepa.dataset.NewFiles;
import org.ijepa.dataset.SceneDataset;
import org.ijepa.dataset.SceneSettings;
import org.ijepa.dataset.ShardDataset;
import org.ijepa.failure.ExitCode;
import org.ijepa.feature.LabelTable;
import org.ijepa.source.DataSource;
import org.ijepa.source.SampleIndex;
import org.ijepa.store.Store;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes or converts data sets. */
@Command(
    name = "dataset",
    description = "Makes or converts a data set: folders of images with labels, or shards of them.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "KIND",
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa dataset scenes --count 4000 --out data/scenes",
      "  ijepa dataset idx --images train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz \\",
      "      --out data/fashion/train",
      "  ijepa dataset cifar --images data_batch_1.bin --images data_batch_2.bin --out data/cifar",
      "  ijepa dataset folder --data data/cifar --out s3://bucket/cifar"
    })
final class DatasetCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a kind of data set is missing");
  }

  /** Writes a data set with its progress shown. */
  private interface Writing {
    int into(NewFiles files, WorkLine progress) throws IOException;
  }

  /**
   * Writes a data set into a folder or a bucket.
   *
   * @return the number of images
   */
  private int write(OutOption out, S3Options s3, Writing writing) throws IOException {
    String uri = out.uri();
    if (!uri.contains("://")) {
      return write(uri, NewFiles.in(Path.of(uri)), writing);
    }
    try (DataAccess access = new DataAccess(s3.access(), WorkLines.of(spec))) {
      return write(uri, NewFiles.in(access.store(uri), access.system()), writing);
    }
  }

  private int write(String uri, NewFiles files, Writing writing) throws IOException {
    try (WorkLine progress = WorkLines.of(spec).of("writing " + uri + ":", "images")) {
      return writing.into(files, progress);
    }
  }

  @Command(
      name = "scenes",
      description = "Renders scenes of coloured solids, labelled with their number and distance.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      footerHeading = "%nExample:%n",
      footer = "  ijepa dataset scenes --count 1000 --first 4000 --out data/scenes/test")
  int scenes(
      @Mixin OutOption out,
      @Option(
              names = "--count",
              paramLabel = "N",
              defaultValue = "4000",
              description = "Images (default: ${DEFAULT-VALUE}).")
          int count,
      @Option(
              names = "--first",
              paramLabel = "I",
              defaultValue = "0",
              description = "Number of the first; ranges apart are splits apart.")
          int first,
      @Option(
              names = "--size",
              paramLabel = "PIXELS",
              defaultValue = "96",
              description = "Side of an image (default: ${DEFAULT-VALUE}).")
          int size,
      @Option(names = "--seed", paramLabel = "SEED", defaultValue = "0") long seed,
      @Mixin S3Options s3)
      throws IOException {
    SceneSettings defaults = SceneSettings.defaults();
    SceneSettings settings =
        new SceneSettings(
            size,
            defaults.minObjects(),
            defaults.maxObjects(),
            defaults.samplesAcross(),
            defaults.jpegQuality());
    write(
        out,
        s3,
        (files, progress) -> {
          SceneDataset.write(files, seed, first, count, settings, done -> progress.at(done, count));
          return count;
        });
    spec.commandLine()
        .getOut()
        .println(count + " scenes in " + out.uri() + ", labels in labels.csv and scenes.json");
    return ExitCode.DONE.number();
  }

  @Command(
      name = "idx",
      description = "Converts MNIST-like idx files (also .gz) into PNG images in label folders.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      footerHeading = "%nExample:%n",
      footer = {
        "  ijepa dataset idx --images train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz \\",
        "      --out data/fashion/train"
      })
  int idx(
      @Option(
              names = "--images",
              paramLabel = "FILE",
              required = true,
              description = "Images, an idx3 file.")
          Path images,
      @Option(
              names = "--labels",
              paramLabel = "FILE",
              required = true,
              description = "Their labels, an idx1 file.")
          Path labels,
      @Mixin OutOption out,
      @Mixin S3Options s3)
      throws IOException {
    int count =
        write(out, s3, (files, progress) -> IdxDataset.write(images, labels, files, progress::at));
    return converted(count, out);
  }

  @Command(
      name = "cifar",
      description =
          "Converts .bin files of CIFAR-10 or CIFAR-100 (binary version) into PNG images in label"
              + " folders.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      footerHeading = "%nExample:%n",
      footer =
          "  ijepa dataset cifar --images train.bin --names fine_label_names.txt --out data/cifar100/train")
  int cifar(
      @Option(
              names = "--images",
              paramLabel = "FILE",
              required = true,
              description = "A .bin file; may be given again.")
          List<Path> images,
      @Option(
              names = "--names",
              paramLabel = "FILE",
              description = "Names of the labels, a line each; else folders are numbers.")
          Optional<Path> names,
      @Mixin OutOption out,
      @Mixin S3Options s3)
      throws IOException {
    int count =
        write(out, s3, (files, progress) -> CifarDataset.write(images, names, files, progress::at));
    return converted(count, out);
  }

  private int converted(int count, OutOption out) {
    spec.commandLine()
        .getOut()
        .println(count + " images in " + out.uri() + ", labels as folder names");
    return ExitCode.DONE.number();
  }

  @Command(
      name = "folder",
      description = {
        "Writes a folder or prefix of images as WebDataset shards.",
        "In random order, with the folders' names as labels (.cls); or with those of the labels.csv beside",
        "the images: all columns (.json), of which the first is the label (.cls). The same command again",
        "goes on where it was broken off."
      },
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      footerHeading = "%nExample:%n",
      footer = "  ijepa dataset folder --data data/photos --out s3://bucket/photos")
  int folder(
      @Option(
              names = "--data",
              paramLabel = "URI",
              required = true,
              description = "Images: a folder or s3://bucket/prefix, or shards.")
          String data,
      @Mixin OutOption out,
      @Option(
              names = "--shard-size",
              paramLabel = "N",
              defaultValue = "1000",
              description = "Images in a shard (default: ${DEFAULT-VALUE}).")
          long shardSize,
      @Option(
              names = "--seed",
              paramLabel = "SEED",
              defaultValue = "0",
              description = "Of the order (default: ${DEFAULT-VALUE}).")
          long seed,
      @Mixin S3Options s3) {
    if (shardSize < 1) {
      throw new ParameterException(spec.commandLine(), "--shard-size must be at least 1");
    }
    PrintWriter print = spec.commandLine().getOut();
    try (DataAccess access = new DataAccess(s3.access(), WorkLines.of(spec))) {
      DataSource source = access.source(data, Optional.empty());
      source.problems().forEach(problem -> print.println("warning: " + problem));
      Store store = access.store(out.uri());
      long images = source.index().size();
      Optional<Map<String, Map<String, String>>> labels = labels(source, print);
      long shards;
      try (WorkLine progress = access.work("writing " + out.uri() + ":", "images")) {
        shards =
            new ShardDataset(source, labels, store, access.system())
                .write(shardSize, seed, done -> progress.at(done, images));
      }
      print.println(images + " images in " + shards + " shards in " + out.uri());
      return ExitCode.DONE.number();
    }
  }

  /** Labels of the table beside the images, by path; says what does not fit together. */
  private static Optional<Map<String, Map<String, String>>> labels(
      DataSource source, PrintWriter print) {
    Optional<LabelTable> table = LabelTable.beside(source.store());
    if (table.isEmpty()) {
      return Optional.empty();
    }
    SampleIndex index = source.index();
    Set<String> paths =
        LongStream.range(0, index.size()).mapToObj(index::key).collect(Collectors.toSet());
    table.get().strays(paths::contains).ifPresent(strays -> print.println("warning: " + strays));
    Map<String, Map<String, String>> labels = table.get().labels();
    long without = paths.stream().filter(path -> !labels.containsKey(path)).count();
    if (without > 0) {
      print.println("warning: " + without + " images have no labels in labels.csv");
    }
    return Optional.of(labels);
  }
}
