package org.ijepa.picture;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** Rows of tiles, each row under a line of text. */
public final class Sheet {
  private static final int GAP = 6;
  private static final int LINE = 20;

  private final int tileSide;
  private final List<String> captions = new ArrayList<>();
  private final List<List<Tile>> rows = new ArrayList<>();

  /** A sheet of tiles of one size. */
  public Sheet(int tileSide) {
    this.tileSide = tileSide;
  }

  /** Adds a row; an empty caption takes no room, and neither does a row without tiles. */
  public void row(String caption, List<Tile> tiles) {
    captions.add(caption);
    rows.add(List.copyOf(tiles));
  }

  /**
   * Writes the sheet as PNG.
   *
   * @throws org.ijepa.failure.Failure if the machine has no fonts
   */
  public void write(Path file) throws IOException {
    Fonts.require();
    int columns = rows.stream().mapToInt(List::size).max().orElse(1);
    int height = GAP;
    for (String caption : captions) {
      height += caption.isEmpty() ? 0 : LINE;
    }
    for (List<Tile> row : rows) {
      height += row.isEmpty() ? 0 : tileSide + GAP;
    }
    int width = Math.max(GAP + columns * (tileSide + GAP), longestCaption());
    BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(Color.BLACK);
    int y = GAP;
    for (int i = 0; i < rows.size(); i++) {
      if (!captions.get(i).isEmpty()) {
        graphics.drawString(captions.get(i), GAP, y + LINE - GAP);
        y += LINE;
      }
      int x = GAP;
      for (Tile tile : rows.get(i)) {
        graphics.drawImage(tile.image(), x, y, null);
        x += tileSide + GAP;
      }
      y += rows.get(i).isEmpty() ? 0 : tileSide + GAP;
    }
    graphics.dispose();
    Files.createDirectories(file.toAbsolutePath().getParent());
    // Given a file, ImageIO prints a stack trace of its own where that cannot be written.
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      if (!ImageIO.write(sheet, "png", out)) {
        throw new IOException("this Java cannot write PNG");
      }
    }
  }

  private int longestCaption() {
    int letter = 7;
    return 2 * GAP + letter * captions.stream().mapToInt(String::length).max().orElse(0);
  }
}
