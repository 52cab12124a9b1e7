package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestInbox;
import akka.actor.typed.ActorRef;
import org.ijepa.coordinator.Coordinator.NodeHello;
import org.ijepa.trainer.MemberId;
import org.junit.jupiter.api.Test;

class NodesTest {
  private final ActorRef<NodeMessage> ref = TestInbox.<NodeMessage>create().getRef();
  private final Nodes nodes = new Nodes();

  private NodeHello node(long number, String name) {
    return node(number, name, Sums.PLAIN);
  }

  private NodeHello node(long number, String name, Sums sums) {
    return new NodeHello(number, name, 2, sums, ref);
  }

  @Test
  void shouldKnowWhenAllTrainersOfANodeAreThere() {
    assertThat(nodes.hello(node(7, "a"))).isTrue();
    nodes.registered(7, new MemberId("a-0", 1, ""));
    nodes.registered(7, new MemberId("a-0", 2, ""));
    assertThat(nodes.isComplete(7)).isFalse();
    nodes.registered(7, new MemberId("a-1", 1, ""));
    assertThat(nodes.isComplete(7)).isTrue();
  }

  @Test
  void shouldKeepANameForTheNodeThatHasItUntilThatIsRemoved() {
    assertThat(nodes.hello(node(7, "a"))).isTrue();
    assertThat(nodes.hello(node(8, "a"))).isFalse();
    assertThat(nodes.isKnown(8)).isFalse();
    nodes.registered(7, new MemberId("a-0", 1, ""));

    assertThat(nodes.removed(7)).containsExactly("a-0");
    assertThat(nodes.hello(node(8, "a"))).isTrue();
    assertThat(nodes.removed(7)).isEmpty();
    assertThat(nodes.isKnown(8)).isTrue();
  }

  private static final Sums NCCL = new Sums(22703, true);

  @Test
  void shouldRefuseNewcomerThatCannotSumWithThoseThatTakeNothingElse() {
    NodeHello first = node(7, "a", NCCL);
    nodes.hello(first);
    NodeHello plain = node(8, "b");
    NodeHello older = node(9, "c", new Sums(22606, false));
    for (boolean begun : new boolean[] {false, true}) {
      assertThat(nodes.obstacle(plain, begun)).contains(first);
      assertThat(nodes.obstacle(older, begun)).contains(first);
      assertThat(nodes.obstacle(node(10, "d", new Sums(22703, false)), begun)).isEmpty();
    }
    assertThat(Nodes.why(plain, first))
        .contains("nccl on node a, which has NCCL 2.27.3; this node has no NCCL");
  }

  @Test
  void shouldLetThoseGoThatAreInTheWayBeforeTheRunHasBegunAndNoLater() {
    NodeHello plain = node(7, "a");
    nodes.hello(plain);
    NodeHello needs = node(8, "b", NCCL);
    assertThat(nodes.misfits(needs)).containsExactly(plain);
    assertThat(nodes.obstacle(needs, false)).isEmpty();
    assertThat(nodes.obstacle(needs, true)).contains(plain);
    assertThat(Nodes.why(needs, plain))
        .contains("nccl on this node, which has NCCL 2.27.3; node a has no NCCL");
  }

  @Test
  void shouldNotAskThoseThatOnlyCoordinateWhatTheySumWith() {
    nodes.hello(node(7, "a", NCCL));
    assertThat(nodes.obstacle(new NodeHello(8, "b", 0, Sums.PLAIN, ref), true)).isEmpty();
  }

  @Test
  void shouldTakeAnythingWhereNobodyNeedsNccl() {
    nodes.hello(node(7, "a", new Sums(22703, false)));
    assertThat(nodes.obstacle(node(8, "b"), true)).isEmpty();
  }

  @Test
  void shouldRememberWhichNodesWereRemoved() {
    nodes.hello(node(7, "a"));
    assertThat(nodes.isGone(7)).isFalse();
    nodes.removed(7);
    assertThat(nodes.isGone(7)).isTrue();
    assertThat(nodes.isGone(8)).isFalse();
  }
}
