package org.ijepa.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.ijepa.run.Happening.Ended;
import org.ijepa.run.Happening.Led;
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
    return Dashboard.start(new HttpAddress("127.0.0.1", port), path, Optional::empty);
  }
}
