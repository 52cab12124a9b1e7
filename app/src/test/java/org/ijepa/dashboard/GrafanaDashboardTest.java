package org.ijepa.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ijepa.run.Happening.CheckpointStored;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GrafanaDashboardTest {
  private static final Pattern METRIC = Pattern.compile("ijepa_[a-z_]+");

  @TempDir Path folder;

  private static JsonNode dashboard() throws Exception {
    try (InputStream in =
        GrafanaDashboardTest.class.getResourceAsStream("/conf/grafana/ijepa.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  private Set<String> exported() throws Exception {
    try (WrittenRun run = new WrittenRun(folder.resolve("run"))) {
      run.rewindTo(0);
      run.steps(0, 2);
      run.look(1, "normal");
      run.probe(1, 0.5);
      run.event(new CheckpointStored("step-000000002-g3"), 2);
      String page =
          new RunMetrics(new RunView(folder.resolve("run"))).page("").bytes().utf8String();
      return page.lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("[ {]", 2)[0])
          .collect(Collectors.toSet());
    }
  }

  @Test
  void shouldQueryWhatIsExportedAndAllOfIt() throws Exception {
    Set<String> queried = new TreeSet<>();
    List<JsonNode> queries = dashboard().findValues("expr");
    queries.addAll(dashboard().path("templating").findValues("query"));
    for (JsonNode query : queries) {
      METRIC.matcher(query.toString()).results().forEach(found -> queried.add(found.group()));
    }
    assertThat(queried).containsExactlyInAnyOrderElementsOf(exported());
  }

  @Test
  void shouldLayOutPanelsBesideEachOther() throws Exception {
    Set<String> cells = new HashSet<>();
    for (JsonNode panel : dashboard().path("panels")) {
      JsonNode place = panel.path("gridPos");
      assertThat(place.path("x").asInt() + place.path("w").asInt()).isLessThanOrEqualTo(24);
      for (int x = 0; x < place.path("w").asInt(); x++) {
        for (int y = 0; y < place.path("h").asInt(); y++) {
          String cell = place.path("x").asInt() + x + "," + (place.path("y").asInt() + y);
          assertThat(cells.add(cell)).as("%s at %s", panel.path("title"), cell).isTrue();
        }
      }
    }
    assertThat(cells).isNotEmpty();
  }
}
