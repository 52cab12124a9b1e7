package org.ijepa.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ijepa.dashboard.WrittenRun;
import org.ijepa.failure.Failure;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.Found;
import org.ijepa.run.Happening.GenerationBegan;
import org.ijepa.run.Happening.GenerationEnded;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.RunFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunReportTest {
  @TempDir Path temp;

  private Path run(String name, String lr) throws Exception {
    Path path = temp.resolve(name);
    try (WrittenRun run = new WrittenRun(path)) {
      run.configuration(
          """
          seed            = 0         # default
          optimization.lr = %s        # --set
          """
              .formatted(lr));
      run.steps(0, 20);
      run.look(9, "watch");
      run.probe(9, 0.5);
      run.stages(9, 15);
      run.quarantined(3, "<broken>.jpg");
      run.quarantined(5, "other.jpg");
      run.quarantined(7, "<broken>.jpg");
      run.event(new Led("led by ijepa 1, java 17"), 0);
      run.event(new GenerationBegan(1, 2, 0, ""), 0);
      run.event(new GenerationEnded(1, "2/0 was removed"), 7);
      run.event(new GenerationBegan(2, 1, 7, ""), 7);
      run.event(new CheckpointStored("step-000000010-g2"), 10);
      run.event(new Found("collapse after step 9: watch; text"), 10);
    }
    return path;
  }

  private static List<String> charts(String page) {
    return page.lines()
        .filter(line -> line.startsWith("<img"))
        .map(line -> line.substring(line.indexOf('"') + 1, line.indexOf("\" src")))
        .toList();
  }

  @Test
  void shouldShowWhatTheFilesOfARunSay() throws Exception {
    String page = Files.readString(RunReport.write(run("a", "1.0E-3")));

    assertThat(charts(page))
        .contains("loss", "EMA momentum", "rank", "accuracy", "elements out of a stage, per second")
        .doesNotContain("image cosine");
    assertThat(page)
        .contains("<td>a</td><td>20</td><td>160</td>")
        .contains("<td>watch</td>")
        .contains("<td>2/0 was removed</td>")
        .contains("2 samples, in whose places others stood in 3 times.")
        .containsPattern("<td>&lt;broken>.jpg</td><td>[^<]*</td><td>2</td><td>3</td>")
        .containsPattern("<td>other.jpg</td><td>[^<]*</td><td>1</td><td>5</td>")
        .contains("led by ijepa 1, java 17")
        .contains("1 checkpoints were completed")
        .contains("<td>optimization.lr</td><td>1.0E-3</td><td>--set</td>")
        .contains("all 2 keys")
        .doesNotContain("collapse after step 9");
  }

  @Test
  void shouldSayHowToDoTheSameAgain() throws Exception {
    Path run = run("a", "1.0E-3");
    assertThat(Files.readString(RunReport.write(run)))
        .contains("./ijepa pretrain --config " + run.resolve("resolved.conf") + " --out NEW</pre>");
  }

  @Test
  void shouldDrawTheProbeOfALabelThatIsANumber() throws Exception {
    Path path = temp.resolve("numbers");
    try (WrittenRun run = new WrittenRun(path)) {
      run.steps(0, 20);
      run.regression(9, 0.25);
      run.regression(19, 0.5);
    }
    String page = Files.readString(RunReport.write(path));
    assertThat(page.indexOf("<h2>Online probe</h2>"))
        .isPositive()
        .isLessThan(page.indexOf("<img alt=\"R²\""));
    assertThat(charts(page)).contains("R²").doesNotContain("accuracy");
  }

  @Test
  void shouldShowThePicturesOfTheFolder() throws Exception {
    Path run = run("a", "1.0E-3");
    Files.createDirectories(RunFolder.pictures(run));
    Files.write(RunFolder.pictures(run).resolve("pca.png"), new byte[] {1, 2, 3});

    assertThat(Files.readString(RunReport.write(run)))
        .contains("<img alt=\"pca.png\" src=\"data:image/png;base64,AQID\">");
  }

  @Test
  void shouldShowRunsBesideOneAnother() throws Exception {
    Path page = temp.resolve("compared.html");
    RunReport.compare(List.of(run("a", "1.0E-3"), run("b", "2.0E-3"), run("c/a", "2.0E-3")), page);

    String html = Files.readString(page);
    assertThat(html)
        .contains("<td>optimization.lr</td><td>1.0E-3</td><td>2.0E-3</td><td>2.0E-3</td>")
        .doesNotContain("<td>seed</td>")
        .contains("<td>" + temp.resolve("c/a") + "</td><td>20</td>");
    assertThat(charts(html)).contains("loss", "rank", "accuracy");
  }

  @Test
  void shouldSayWhereThereIsNoRun() {
    assertThatThrownBy(() -> RunReport.write(temp))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("holds no committed step");
  }
}
