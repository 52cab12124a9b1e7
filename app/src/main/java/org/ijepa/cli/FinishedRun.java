package org.ijepa.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.node.Models;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.Settings;

/**
 * The folder of a run that another one is to extend.
 *
 * @param configuration the run's own, each value of it settled
 */
record FinishedRun(Path folder, Path configuration) {
  /**
   * The run in a folder.
   *
   * @throws Failure if there is none
   */
  static FinishedRun in(Path folder) {
    Path configuration = RunFolder.resolvedConfiguration(folder);
    if (!Files.isRegularFile(configuration) || !Files.isReadable(configuration)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "--extend: " + folder + " holds no resolved.conf that can be read",
          "give the folder of a finished run");
    }
    return new FinishedRun(folder, configuration);
  }

  /**
   * What a run must be told to extend this one.
   *
   * @param out folder of that run
   * @throws Failure if that is this run's
   */
  String asSetting(Path out) {
    if (absolute(out).equals(absolute(folder))) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "a run cannot be extended in its own folder, " + out,
          "name a new folder with --out");
    }
    Settings its = Settings.load(Optional.of(configuration), List.of());
    return Settings.EXTEND + "=" + Models.checkpoints(its, absolute(folder));
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
