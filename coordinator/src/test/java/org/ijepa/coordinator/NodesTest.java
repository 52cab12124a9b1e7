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
    return new NodeHello(number, name, 2, ref);
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

  @Test
  void shouldRememberWhichNodesWereRemoved() {
    nodes.hello(node(7, "a"));
    assertThat(nodes.isGone(7)).isFalse();
    nodes.removed(7);
    assertThat(nodes.isGone(7)).isTrue();
    assertThat(nodes.isGone(8)).isFalse();
  }
}
