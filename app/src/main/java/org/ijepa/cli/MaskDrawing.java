package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.RejectedExecutionException;
import org.ijepa.batch.SampleViews;
import org.ijepa.picture.Sheet;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.Settings;

/** Draws the masks of a run on its own images into its folder. */
final class MaskDrawing {
  private static final String FILE = "masks.png";

  private MaskDrawing() {}

  /**
   * Draws beside the run, once; the run does not wait for it and does not end with it.
   *
   * @param complaints about images that are left out
   */
  static void begin(Settings settings, SampleViews images, Path run, PrintWriter complaints) {
    if (Files.exists(RunFolder.pictures(run).resolve(FILE))) {
      return;
    }
    Thread thread =
        new Thread(
            () -> {
              try {
                draw(settings, images, run, complaints);
              } catch (RejectedExecutionException e) {
                complaints.println(
                    "the masks were not drawn before the run ended: ijepa report --run %s draws them"
                        .formatted(run));
                complaints.flush();
              } catch (IOException | RuntimeException e) {
                complaints.println("the masks were not drawn: " + e.getMessage());
                complaints.flush();
              }
            },
            "masks");
    thread.setDaemon(true);
    thread.start();
  }

  /** Draws now; who looks at the same time sees the whole picture, or the one before. */
  static void draw(Settings settings, SampleViews images, Path run, PrintWriter complaints)
      throws IOException {
    Sheet sheet = new Sheet(Views.tileSide(settings.grid()));
    MaskPictures.add(settings, sheet, MaskPictures.tiles(images, settings, complaints), "this run");
    Path folder = RunFolder.pictures(run);
    // Several nodes may draw the same picture into a folder that they share.
    Path part = folder.resolve("." + FILE + "." + ProcessHandle.current().pid());
    sheet.write(part);
    Files.move(
        part,
        folder.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
