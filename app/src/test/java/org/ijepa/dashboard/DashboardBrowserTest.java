package org.ijepa.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.awt.image.BufferedImage;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.Ended;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.RunFolder;
import org.ijepa.run.RunMember;
import org.ijepa.run.RunMember.State;
import org.ijepa.settings.HttpAddress;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, where this machine has one. */
@Tag("process")
@Timeout(240)
final class DashboardBrowserTest {
  private static final int PHONE = 390;

  /** Width of the picture of masks. */
  private static final int MASKS = 900;

  @TempDir Path folder;

  private static void until(String what, Browser browser, String selector, String expected) {
    await(what)
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(browser.text(selector)).contains(expected));
  }

  @Test
  void shouldShowARunFollowItAndSurviveARestartOfTheServer() throws Exception {
    Optional<Path> program = Browser.program();
    Assumptions.assumeTrue(program.isPresent(), "no Chromium on this machine");
    Path path = folder.resolve("run");
    try (WrittenRun run = new WrittenRun(path);
        Browser browser = new Browser(program.get(), folder.resolve("profile"))) {
      run.rewindTo(0);
      run.event(new Led("led by a test"), 0);
      run.steps(0, 10);
      run.look(9, "watch");
      run.quarantined(3, "<b id=injected>.jpg");
      int port;
      try (Dashboard dashboard = start(path, 0)) {
        port = URI.create(dashboard.url()).getPort();
        browser.look(1280, 1000, false);
        browser.open(dashboard.url());
        until("loads", browser, "#progress", "step 10 of 40");
        until("figures", browser, "#figures", "watch");
        until("quarantine", browser, "#quarantine", "<b id=injected>.jpg");
        assertThat(browser.value("document.querySelectorAll('#injected').length").asInt()).isZero();
        assertThat(curves(browser)).isPositive();
        run.stages(9, 15);
        until("stages", browser, "#stages", "75 % busy");
        shows(browser, run, path);
        run.steps(10, 12);
        until("updates", browser, "#progress", "step 12 of 40");
      }
      until("says that the server is gone", browser, "#link", "trying again");
      run.steps(12, 20);
      try (Dashboard again = start(path, port)) {
        assertThat(URI.create(again.url()).getPort()).isEqualTo(port);
        until("comes back by itself", browser, "#progress", "step 20 of 40");
        assertThat(browser.value("document.querySelector('#link').hidden").asBoolean()).isTrue();
        looks(browser);
        run.event(new Ended("all 40 steps done"), 40);
        until("ends", browser, "#state", "done");
      }
      assertThat(browser.errors()).isEmpty();
    }
  }

  /** What comes while the page is open: checkpoints, the probe, members, the masks. */
  private static void shows(Browser browser, WrittenRun run, Path path) throws Exception {
    assertThat(isHidden(browser, "#members")).isTrue();
    assertThat(isHidden(browser, "#masks")).isTrue();
    assertThat(probeCurve(browser)).isEmpty();
    happen(run, path);
    until("checkpoint", browser, "#checkpoints", "step-000000008-g2");
    until("members", browser, "#members", "left out");
    assertThat(browser.text("#memberCount")).startsWith("generation 3, since ");
    assertThat(rows(browser))
        .containsExactly(
            "0|a-0|training|h:1|coordinator, trainer; leads",
            "1|b-0|training|h:2|trainer",
            "–|c-0|left out|h:3|trainer",
            "–|d-0|away|–|–",
            "–|h:4|decoding|h:4|pipeline");
    assertThat(browser.text("#events")).doesNotContain("members:");
    pictures(browser);
    assertThat(isHidden(browser, "#masks")).isFalse();
  }

  /** What a run writes into its folder but for its steps. */
  private static void happen(WrittenRun run, Path path) throws Exception {
    // Before the lines: the page hears of the picture with the next of these.
    BufferedImage masks = new BufferedImage(MASKS, 100, BufferedImage.TYPE_INT_RGB);
    Path pictures = Files.createDirectories(RunFolder.pictures(path));
    Path part = folderOf(path).resolve("masks.png");
    ImageIO.write(masks, "png", part.toFile());
    Files.move(part, pictures.resolve("masks.png"), StandardCopyOption.ATOMIC_MOVE);
    run.event(new CheckpointStored("step-000000004-g1"), 4);
    run.event(new CheckpointStored("step-000000008-g2"), 8);
    run.probe(3, 0.25);
    run.probe(7, 0.5);
    String both = "coordinator,trainer";
    run.event(
        new MembersChanged(
            3,
            List.of(
                new RunMember("a-0", "h:1", both, true, 0, State.TRAINING),
                new RunMember("b-0", "h:2", "trainer", false, 1, State.TRAINING),
                new RunMember("c-0", "h:3", "trainer", false, -1, State.LEFT_OUT),
                new RunMember("d-0", "", "", false, -1, State.AWAY),
                new RunMember("h:4", "h:4", "pipeline", false, -1, State.DECODING))),
        10);
  }

  private static Path folderOf(Path path) {
    return path.toAbsolutePath().getParent();
  }

  private static boolean isHidden(Browser browser, String selector) {
    return browser.value("document.querySelector('" + selector + "').hidden").asBoolean();
  }

  /** The members' cells, a line each. */
  private static List<String> rows(Browser browser) {
    String lines =
        browser
            .value(
                "[...document.querySelectorAll('#memberRows tr')]"
                    + ".map(row => [...row.cells].map(cell => cell.innerText).join('|')).join('\\n')")
            .asText();
    return lines.lines().toList();
  }

  /** The probe's curve and the masks are drawn, soon or by now. */
  private static void pictures(Browser browser) {
    await("probe")
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(probeCurve(browser)).matches("M.*L.*"));
    await("masks").atMost(Duration.ofMinutes(1)).until(() -> masksWidth(browser) == MASKS);
  }

  private static String probeCurve(Browser browser) {
    return browser
        .value(
            "document.querySelector('svg[aria-label=\"Online probe\"] path')?.getAttribute('d') ?? ''")
        .asText();
  }

  /** Of the picture as the browser has decoded it; 0 as long as it has not. */
  private static int masksWidth(Browser browser) {
    return browser.value("document.querySelector('#masks img').naturalWidth").asInt();
  }

  @Test
  void shouldShowARunThatIsOver() throws Exception {
    Optional<Path> program = Browser.program();
    Assumptions.assumeTrue(program.isPresent(), "no Chromium on this machine");
    Path path = folder.resolve("run");
    try (WrittenRun run = new WrittenRun(path)) {
      run.rewindTo(0);
      run.event(new Led("led by a test"), 0);
      run.steps(0, WrittenRun.TOTAL);
      happen(run, path);
      run.event(new Ended("all 40 steps done"), WrittenRun.TOTAL);
    }
    try (Dashboard dashboard = start(path, 0);
        Browser browser = new Browser(program.get(), folder.resolve("profile"))) {
      browser.look(1280, 1000, false);
      browser.open(dashboard.url());
      until("loads", browser, "#progress", "step 40 of 40");
      until("is over", browser, "#state", "done");
      assertThat(browser.text("#progress")).doesNotContain("to go");
      // Heads are drawn every second, all else with a frame: it may be a moment later.
      until("members", browser, "#memberCount", "generation 3, at the end of the run");
      assertThat(rows(browser)).hasSize(5);
      until("checkpoints", browser, "#checkpoints", "step-000000008-g2");
      assertThat(browser.text("#checkpoints")).contains("step-000000004-g1");
      assertThat(browser.text("#checkpointCount")).isEqualTo("2");
      pictures(browser);
      assertThat(curves(browser)).isPositive();
      looks(browser);
      assertThat(browser.errors()).isEmpty();
    }
  }

  private static void looks(Browser browser) {
    String background = "getComputedStyle(document.body).backgroundColor";
    String light = browser.value(background).asText();
    browser.look(PHONE, 844, true);
    assertThat(browser.value(background).asText()).isNotEqualTo(light);
    await("nothing is wider than a phone")
        .untilAsserted(
            () ->
                assertThat(browser.value("document.documentElement.scrollWidth").asInt())
                    .isEqualTo(PHONE));
  }

  private static int curves(Browser browser) {
    return browser
        .value(
            "[...document.querySelectorAll('svg path')].filter(p => p.getAttribute('d').length > 20).length")
        .asInt();
  }

  private static Dashboard start(Path path, int port) throws Exception {
    return Dashboard.start(
        new HttpAddress("127.0.0.1", port), path, Optional::empty, Optional::empty);
  }
}
