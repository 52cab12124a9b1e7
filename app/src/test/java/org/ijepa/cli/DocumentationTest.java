package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ijepa.settings.ConfigurationError;
import org.ijepa.settings.MachineSettings;
import org.ijepa.settings.ReferencePage;
import org.ijepa.settings.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What README.md, docs/ and the help say is what the program takes. */
final class DocumentationTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:\\s]+)(#[^)]*)?\\)");

  static Stream<DocumentedLines.Line> lines() throws IOException {
    List<DocumentedLines.Line> lines = new ArrayList<>();
    for (Path page : DocumentedLines.pages(ROOT)) {
      lines.addAll(DocumentedLines.of(page));
    }
    return lines.stream();
  }

  static Stream<CommandSpec> commands() {
    List<CommandSpec> commands = new ArrayList<>();
    collect(Main.commandLine(new Main()), commands);
    return commands.stream().filter(spec -> !spec.name().equals("help"));
  }

  private static void collect(CommandLine command, List<CommandSpec> into) {
    into.add(command.getCommandSpec());
    command.getSubcommands().values().forEach(sub -> collect(sub, into));
  }

  @Test
  void shouldDocumentManyCommands() throws IOException {
    assertThat(lines()).hasSizeGreaterThan(15);
  }

  @ParameterizedTest
  @MethodSource("lines")
  void shouldParseEveryDocumentedCommand(DocumentedLines.Line line) {
    String[] words = line.words().toArray(String[]::new);
    assertThatCode(() -> Main.commandLine(new Main()).parseArgs(words))
        .as(line.toString())
        .doesNotThrowAnyException();
    assertThatCode(() -> settings(line.words())).as(line.toString()).doesNotThrowAnyException();
  }

  /** Configuration files and keys that a line names are there, and the values are allowed. */
  private static void settings(List<String> words) {
    Optional<Path> config = Optional.empty();
    Optional<Path> machine = Optional.empty();
    List<String> sets = new ArrayList<>();
    List<String> ofMachine = new ArrayList<>();
    for (int i = 0; i + 1 < words.size(); i++) {
      String value = words.get(i + 1);
      boolean isOurs = value.startsWith("conf/");
      switch (words.get(i)) {
        case "-c", "--config" -> config = isOurs ? Optional.of(ROOT.resolve(value)) : config;
        case "-m", "--machine" -> machine = isOurs ? Optional.of(ROOT.resolve(value)) : machine;
        case "-s", "--set" -> (value.startsWith("machine.") ? ofMachine : sets).add(value);
        default -> {}
      }
    }
    // A variable of the shell has no value here.
    sets.removeIf(set -> set.contains("$"));
    Settings.load(config, sets);
    MachineSettings.load(machine, ofMachine);
  }

  @Test
  void shouldMissAMachineThatIsNotThereOrHasNoSuchKey() {
    assertThatCode(() -> settings(List.of("plan", "--machine", "conf/plan/none.conf")))
        .isInstanceOf(ConfigurationError.class);
    assertThatCode(() -> settings(List.of("plan", "-s", "machine.compute.flop=1")))
        .isInstanceOf(ConfigurationError.class);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void shouldShowAnExampleOfEveryCommandThatParses(CommandSpec command) {
    String footer = String.join("\n", command.usageMessage().footer()).replaceAll("\\\\\\R *", " ");
    assertThat(footer).as(command.qualifiedName()).contains(command.qualifiedName());
    Matcher examples =
        Pattern.compile("(?m)^ *(?:source <\\()?(?:\\./)?ijepa (.*)$").matcher(footer);
    while (examples.find()) {
      List<String> words = DocumentedLines.words(examples.group(1));
      assertThatCode(() -> Main.commandLine(new Main()).parseArgs(words.toArray(String[]::new)))
          .as(examples.group())
          .doesNotThrowAnyException();
      settings(words);
    }
  }

  @Test
  void shouldKeepTheReferenceOfAllKeys() throws IOException {
    Path page = ROOT.resolve("docs/configuration.md");
    assertThat(Files.readString(page))
        .as("to write it anew: ./ijepa check --reference > docs/configuration.md")
        .isEqualTo(ReferencePage.write());
    Settings.keys().forEach(key -> assertThat(page).content().contains("### `" + key + "`\n"));
  }

  @Test
  void shouldLinkToFilesThatAreThere() throws IOException {
    for (Path page : DocumentedLines.pages(ROOT)) {
      Matcher links = LINK.matcher(Files.readString(page));
      while (links.find()) {
        assertThat(page.resolveSibling(links.group(1))).as(page + " links").exists();
      }
    }
  }

  @Test
  void shouldReadWordsAsAShellDoes() {
    assertThat(DocumentedLines.words("a  --set 'k=[\"x\", 1]' \"b c\" d=# e # f"))
        .containsExactly("a", "--set", "k=[\"x\", 1]", "b c", "d=#", "e");
    assertThat(DocumentedLines.words("check --reference > docs/x.md"))
        .containsExactly("check", "--reference");
  }
}
