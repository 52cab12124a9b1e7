package org.ijepa.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The command lines that begin with {@code ./ijepa} in pages of Markdown, as a shell reads them.
 */
final class DocumentedLines {
  private static final String PROGRAM = "./ijepa";

  /** What ends a command in a shell. */
  private static final String ENDS = ">|;&<)";

  /**
   * A documented line.
   *
   * @param place file and number of the line
   * @param words after the program's name; an ellipsis, which stands for what was said before, is
   *     left out
   */
  record Line(String place, List<String> words) {
    @Override
    public String toString() {
      return place + ": " + String.join(" ", words);
    }
  }

  private DocumentedLines() {}

  /** README.md and all pages below docs/ of the project. */
  static List<Path> pages(Path root) throws IOException {
    List<Path> pages = new ArrayList<>(List.of(root.resolve("README.md")));
    try (Stream<Path> docs = Files.walk(root.resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  static List<Line> of(Path page) throws IOException {
    List<String> text = Files.readAllLines(page);
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < text.size(); i++) {
      int number = i + 1;
      // Only blocks: what stands in a sentence is often a part of a command.
      String line = text.get(i).strip();
      int at = start(line);
      if (at < 0) {
        continue;
      }
      StringBuilder whole = new StringBuilder(line.substring(at + PROGRAM.length()));
      while (whole.length() > 0 && whole.charAt(whole.length() - 1) == '\\') {
        whole.setLength(whole.length() - 1);
        i++;
        whole.append(' ').append(text.get(i).strip());
      }
      lines.add(
          new Line(
              page.getFileName() + ":" + number,
              words(whole.toString()).stream().filter(word -> !word.equals("...")).toList()));
    }
    return lines;
  }

  /** Where the program's name begins a line, or follows what a shell runs first. */
  private static int start(String line) {
    for (String before : List.of("", "srun ", "source <(", "$ ")) {
      if (line.startsWith(before + PROGRAM + " ")) {
        return before.length();
      }
    }
    return -1;
  }

  /** Words of a shell, quotes taken off, up to a comment or the command's end. */
  static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean open = false;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        open = true;
      } else if (c == ' ') {
        if (open) {
          words.add(word.toString());
        }
        word.setLength(0);
        open = false;
      } else if ((!open && c == '#') || ENDS.indexOf(c) >= 0) {
        break;
      } else {
        word.append(c);
        open = true;
      }
    }
    if (open) {
      words.add(word.toString());
    }
    return words;
  }
}
