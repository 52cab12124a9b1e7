package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ijepa.coordinator.StatusAnswer.Node;
import org.ijepa.run.RunMember;
import org.ijepa.run.RunMember.State;
import org.junit.jupiter.api.Test;

final class RollCallTest {
  private static final List<String> BOTH = List.of("coordinator", "trainer");

  private static Node node(int port, List<String> roles, boolean reachable, boolean leads) {
    return new Node("ijepa@h:" + port, roles, "up", reachable, leads);
  }

  @Test
  void shouldListTrainersByRankAndThenNodesWithoutTrainers() {
    Map<Long, Node> nodes = new LinkedHashMap<>();
    nodes.put(7L, node(1, BOTH, true, true));
    nodes.put(5L, node(2, BOTH, true, false));
    nodes.put(3L, node(3, BOTH, false, false));
    nodes.put(1L, node(4, List.of("pipeline"), true, false));
    nodes.put(2L, node(5, List.of("coordinator"), true, false));
    nodes.put(4L, node(6, List.of("trainer"), true, false));
    Map<String, Long> homes = Map.of("a-0", 7L, "a-1", 7L, "b-0", 5L, "c-0", 3L);
    TreeMap<String, State> trainers = new TreeMap<>();
    trainers.put("a-0", State.LEFT_OUT);
    trainers.put("a-1", State.TRAINING);
    trainers.put("b-0", State.TRAINING);
    trainers.put("c-0", State.JOINING);
    trainers.put("d-0", State.AWAY);

    assertThat(
            RollCall.of(
                List.of("b-0", "a-1"),
                trainers,
                name -> Optional.ofNullable(homes.get(name)),
                number -> number == 1 ? Optional.of("pipeline-0") : Optional.empty(),
                nodes))
        .containsExactly(
            new RunMember("b-0", "h:2", "coordinator,trainer", false, 0, State.TRAINING),
            new RunMember("a-1", "h:1", "coordinator,trainer", true, 1, State.TRAINING),
            new RunMember("a-0", "h:1", "coordinator,trainer", true, -1, State.LEFT_OUT),
            new RunMember("c-0", "h:3", "coordinator,trainer", false, -1, State.UNREACHABLE),
            new RunMember("d-0", "", "", false, -1, State.AWAY),
            new RunMember("pipeline-0", "h:4", "pipeline", false, -1, State.DECODING),
            new RunMember("h:5", "h:5", "coordinator", false, -1, State.COORDINATING),
            new RunMember("h:6", "h:6", "trainer", false, -1, State.JOINING));
  }
}
