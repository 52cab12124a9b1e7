package org.ijepa.picture;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;

/** What Java writes into pictures with, which a bare machine may not have. */
public final class Fonts {
  private Fonts() {}

  /**
   * Looks for a font.
   *
   * @throws Failure where there is none: Java itself would end the thread with an error that no
   *     handler of exceptions sees
   */
  public static void require() {
    Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      graphics.getFontMetrics();
    } catch (InternalError | LinkageError e) {
      // The second time, its class of fonts is one that could not be loaded.
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "no fonts on this machine to write into pictures with",
          "install fontconfig and a font, such as Debian's fontconfig and fonts-dejavu-core",
          e);
    } finally {
      graphics.dispose();
    }
  }
}
