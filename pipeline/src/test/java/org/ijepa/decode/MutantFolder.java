package org.ijepa.decode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes the mutants of {@link MutatedCorpusTest} as files, for runs that train on them. */
final class MutantFolder {
  private MutantFolder() {}

  /** Arguments: folder, first number, number behind the last, channels. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of(args[0]));
    List<byte[]> images = CorpusImages.of(Integer.parseInt(args[3]));
    for (int number = Integer.parseInt(args[1]); number < Integer.parseInt(args[2]); number++) {
      // The reader of an image goes by its bytes, whatever the name says.
      Files.write(folder.resolve("%05d.jpg".formatted(number)), Mutant.of(images, number));
    }
  }
}
