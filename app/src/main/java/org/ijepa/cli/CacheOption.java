package org.ijepa.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.ijepa.failure.FileReason;
import org.ijepa.feature.FeatureCache;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.feature.FeatureExtractor.Wanted;
import org.ijepa.feature.Features;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where features are kept for the next probe of the same images. */
final class CacheOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--cache",
      paramLabel = "FOLDER",
      showDefaultValue = Visibility.NEVER,
      description =
          "Keeps features there, and takes those that are of the same checkpoint, images (names and"
              + " sizes) and options from there. Delete it when you are done: nothing else does.")
  private Optional<Path> folder = Optional.empty();

  /** Makes the folder, if one is wanted, before there is anything to keep. */
  void prepare() {
    folder.ifPresent(OutputFile::prepareFolder);
  }

  /** Features as they are kept, or computed and then kept. */
  Features features(FrozenEncoder frozen, LabelledImages images, Wanted wanted) throws IOException {
    if (folder.isEmpty()) {
      return frozen.features(images, wanted);
    }
    FeatureCache cache = new FeatureCache(folder.get());
    String origin = frozen.origin(images, wanted);
    int most = wanted.values() == Values.AVERAGE ? frozen.depth() : wanted.layers();
    Optional<Path> file = cache.find(origin, wanted.layers(), most);
    if (file.isPresent()) {
      try {
        Features features = FeatureCache.read(file.get(), origin, wanted.layers());
        say("features of " + images.uri() + ": taken from " + file.get());
        return features;
      } catch (FeatureCache.DamagedFile e) {
        say("warning: " + e.getMessage() + "; its features are computed anew");
      }
    }
    Features features = frozen.features(images, wanted);
    try {
      Path written = cache.write(origin, wanted.layers(), features);
      say("features of " + images.uri() + ": kept in " + written);
    } catch (IOException e) {
      say("warning: features are not kept in %s (%s)".formatted(folder.get(), FileReason.of(e)));
    }
    return features;
  }

  private void say(String text) {
    command.commandLine().getErr().println(text);
  }
}
