package org.ijepa.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.ijepa.dashboard.EventClient.Event;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.run.Ancestor;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.Lineage;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.HttpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class DashboardTest {
  private static final HttpAddress ANY = new HttpAddress("127.0.0.1", 0);
  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-z_:][a-z0-9_:]*(?:\\{[a-z]+=\"[a-z_0-9]+\"(?:,[a-z]+=\"[a-z_0-9]+\")*})?) ([-+0-9.eE]+)");

  @TempDir Path folder;
  private Path path;
  private WrittenRun run;

  @BeforeEach
  void begin() throws Exception {
    path = folder.resolve("run");
    run = new WrittenRun(path);
    run.rewindTo(0);
  }

  @AfterEach
  void end() throws Exception {
    run.close();
  }

  private Dashboard start() throws Exception {
    return Dashboard.start(ANY, path, Optional::empty, Optional::empty);
  }

  private static HttpResponse<String> get(Dashboard dashboard, String address) throws Exception {
    URI uri = URI.create(dashboard.url() + address);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private static Event next(EventClient events) throws Exception {
    return events.next().orElseThrow();
  }

  private static List<Integer> steps(JsonNode lines) {
    List<Integer> steps = new ArrayList<>();
    lines.forEach(line -> steps.add(line.path("step").asInt()));
    return steps;
  }

  @Test
  void shouldServeOnePageThatNeedsNothingElse() throws Exception {
    try (Dashboard dashboard = start()) {
      HttpResponse<String> page = get(dashboard, "");
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=UTF-8");
      assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
          .contains("default-src 'none'");
      assertThat(page.body())
          .contains("new EventSource(", "prefers-color-scheme: dark", "class Chart")
          .doesNotContain("/*STYLE*/", "/*SCRIPT*/", "src=\"", "@import")
          .doesNotContainPattern("href=\"(?!data:)");
      assertThat(get(dashboard, "elsewhere").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void shouldTellTheWholeRunAndThenWhatIsNew() throws Exception {
    run.steps(0, 3);
    run.event(new Led("led by a test"), 0);
    run.look(0, "watch");
    run.probe(0, 0.25);
    try (Dashboard dashboard = start();
        EventClient events = new EventClient(dashboard.url(), Optional.empty())) {
      Event snapshot = next(events);
      assertThat(snapshot.type()).isEqualTo("snapshot");
      JsonNode all = snapshot.data();
      assertThat(all.path("points").path("loss").path(2).asDouble())
          .isCloseTo(WrittenRun.loss(2), Offset.offset(1e-7));
      assertThat(all.path("last").path("world_size").asInt()).isEqualTo(2);
      assertThat(all.path("totals").path("skipped").asInt()).isEqualTo(1);
      assertThat(all.path("totals").path("planned").asLong()).isEqualTo(WrittenRun.TOTAL);
      assertThat(all.path("collapse").path(0).path("word").asText()).isEqualTo("watch");
      assertThat(all.path("probe").path(0).path("accuracy").asDouble()).isEqualTo(0.25);
      assertThat(all.path("events").path(0).path("kind").asText()).isEqualTo("led");

      run.steps(3, 5);
      List<Integer> heard = new ArrayList<>();
      while (heard.size() < 2) {
        Event lines = next(events);
        assertThat(lines.type()).isEqualTo("lines");
        heard.addAll(steps(lines.data().path("metrics")));
      }
      assertThat(heard).containsExactly(3, 4);
      run.quarantined(4, "<img src=x onerror=alert(1)>");
      assertThat(next(events).data().path("quarantine").path(0).path("sample").asText())
          .startsWith("<img");
    }
  }

  @Test
  void shouldTellWhichRunIsExtended() throws Exception {
    new Lineage(List.of(new Ancestor("before", "b/checkpoints", "step-000000012-g1", 12, "00")))
        .write(path);
    try (Dashboard dashboard = start();
        EventClient events = new EventClient(dashboard.url(), Optional.empty())) {
      assertThat(next(events).data().path("extends").asText()).isEqualTo("before from step 12");
    }
  }

  @Test
  void shouldGoOnWhereAPageHasLeftOffThoughTheServerIsAnother() throws Exception {
    run.steps(0, 3);
    String id;
    try (Dashboard dashboard = start();
        EventClient events = new EventClient(dashboard.url(), Optional.empty())) {
      id = next(events).id();
    }
    run.steps(3, 7);
    run.event(new CheckpointStored("step-000000004-g3"), 4);
    try (Dashboard dashboard = start();
        EventClient events = new EventClient(dashboard.url(), Optional.of(id))) {
      Event lines = next(events);
      assertThat(lines.type()).isEqualTo("lines");
      assertThat(steps(lines.data().path("metrics"))).containsExactly(3, 4, 5, 6);
      assertThat(lines.data().path("events").path(0).path("text").asText())
          .isEqualTo("step-000000004-g3");
    }
    try (Dashboard dashboard = start();
        EventClient events = new EventClient(dashboard.url(), Optional.of("nonsense"))) {
      assertThat(next(events).type()).isEqualTo("snapshot");
    }
  }

  @Test
  void shouldTellTheWholeRunAgainOnceStepsAreTakenBack() throws Exception {
    run.steps(0, 6);
    try (Dashboard dashboard = start();
        EventClient events = new EventClient(dashboard.url(), Optional.empty())) {
      next(events);
      run.rewindTo(2);
      Event again = next(events);
      assertThat(again.type()).isEqualTo("snapshot");
      assertThat(again.data().path("points").path("step")).hasSize(2);
      assertThat(metrics(dashboard)).containsEntry("ijepa_steps_total", 2.0);
    }
  }

  static Map<String, Double> metrics(Dashboard dashboard) throws Exception {
    HttpResponse<String> page = get(dashboard, "metrics");
    assertThat(page.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
    Map<String, Double> samples = new TreeMap<>();
    page.body()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(
            line -> {
              Matcher parts = SAMPLE.matcher(line);
              assertThat(parts.matches()).as(line).isTrue();
              samples.put(parts.group(1), Double.valueOf(parts.group(2)));
            });
    return samples;
  }

  @Test
  void shouldTellOfTheStagesAndServeThePictureOfTheMasks() throws Exception {
    run.steps(0, 3);
    run.stages(1, 12);
    run.stages(2, 15);
    Path masks = RunFolder.pictures(path).resolve("masks.png");
    try (Dashboard dashboard = start();
        EventClient events = new EventClient(dashboard.url(), Optional.empty())) {
      JsonNode all = next(events).data();
      assertThat(all.path("pipeline")).hasSize(1);
      assertThat(all.path("pipeline").path(0).path("decode_busy").asDouble()).isEqualTo(15);
      assertThat(all.has("masks")).isFalse();
      assertThat(get(dashboard, "masks.png").statusCode()).isEqualTo(404);

      Files.createDirectories(masks.getParent());
      Files.writeString(masks, "picture");
      run.stages(3, 18);
      JsonNode more = next(events).data();
      assertThat(more.path("pipeline").path(0).path("decode_busy").asDouble()).isEqualTo(18);
      assertThat(more.path("masks").asLong()).isPositive();
      assertThat(get(dashboard, "masks.png").body()).isEqualTo("picture");
    }
  }

  @Test
  void shouldExportFiguresForPrometheus() throws Exception {
    try (Dashboard dashboard = start()) {
      assertThat(metrics(dashboard))
          .containsEntry("ijepa_steps_total", 0.0)
          .doesNotContainKey("ijepa_loss");
      run.steps(0, 4);
      run.event(new CheckpointStored("step-000000004-g3", 0.25, 3.5), 4);
      run.quarantined(2, "a.jpg");
      run.look(3, "normal");
      run.probe(3, 0.5);
      run.stages(1, 15);
      run.stages(3, 18);
      assertThat(metrics(dashboard))
          .containsEntry("ijepa_steps_total", 4.0)
          .containsEntry("ijepa_images_total", 32.0)
          .containsEntry("ijepa_skipped_steps_total", 1.0)
          .containsEntry("ijepa_quarantined_samples_total", 1.0)
          .containsEntry("ijepa_checkpoints_total", 1.0)
          .containsEntry("ijepa_last_checkpoint_step", 4.0)
          .containsEntry("ijepa_last_checkpoint_stall_seconds", 0.25)
          .containsEntry("ijepa_last_checkpoint_write_seconds", 3.5)
          .containsEntry("ijepa_commit_wait_seconds", 0.004)
          .containsEntry("ijepa_planned_steps", (double) WrittenRun.TOTAL)
          .containsEntry("ijepa_loss", WrittenRun.loss(3))
          .containsEntry("ijepa_learning_rate", 1e-3)
          .containsEntry("ijepa_ema_momentum", 0.996)
          .containsEntry("ijepa_images_per_second", 64.0)
          .containsEntry("ijepa_input_wait_seconds", 0.02)
          .containsEntry("ijepa_generation", 3.0)
          .containsEntry("ijepa_world_size", 2.0)
          .containsEntry("ijepa_stage_seconds_total{stage=\"decode\",state=\"works\"}", 33.0)
          .containsEntry("ijepa_collapse{measure=\"rank\"}", 12.5)
          .containsEntry("ijepa_probe{measure=\"accuracy\"}", 0.5)
          .containsKey("ijepa_last_commit_timestamp_seconds");
    }
  }

  @Test
  void shouldTellWhetherItIsReadyAndWhetherItLives() throws Exception {
    List<String> reasons = new ArrayList<>(List.of("this node prepares"));
    List<String> hung = new ArrayList<>();
    try (Dashboard dashboard =
        Dashboard.start(
            ANY, path, () -> reasons.stream().findFirst(), () -> hung.stream().findFirst())) {
      assertThat(get(dashboard, "health").statusCode()).isEqualTo(200);
      assertThat(get(dashboard, "ready").statusCode()).isEqualTo(503);
      assertThat(get(dashboard, "ready").body()).contains("this node prepares");
      reasons.clear();
      assertThat(get(dashboard, "ready").statusCode()).isEqualTo(200);
      hung.add("trainer a-0 hangs");
      assertThat(get(dashboard, "health").statusCode()).isEqualTo(503);
      assertThat(get(dashboard, "health").body()).contains("\"down\"", "trainer a-0 hangs");
      assertThat(get(dashboard, "ready").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void shouldSayInOneLineWhereItCannotListen() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HttpAddress busy = new HttpAddress("127.0.0.1", taken.getLocalPort());
      for (HttpAddress at : List.of(busy, new HttpAddress("no.such.host.invalid", 0))) {
        Failure failure =
            catchThrowableOfType(
                Failure.class, () -> Dashboard.start(at, path, Optional::empty, Optional::empty));
        assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(failure.line()).startsWith("nothing can listen on " + at).contains("port 0");
        assertThat(failure.line().lines()).hasSize(1);
      }
    }
  }
}
