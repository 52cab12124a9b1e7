package org.ijepa.coordinator;

import akka.actor.typed.ActorRef;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What a coordinator says to a node. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
  @JsonSubTypes.Type(value = NodeMessage.Welcome.class, name = "welcome"),
  @JsonSubTypes.Type(value = NodeMessage.Refused.class, name = "refused"),
  @JsonSubTypes.Type(value = NodeMessage.WhoLeads.class, name = "who-leads"),
  @JsonSubTypes.Type(value = NodeMessage.Ended.class, name = "ended"),
  @JsonSubTypes.Type(value = NodeMessage.Leave.class, name = "leave")
})
public sealed interface NodeMessage {

  /**
   * The run takes the node, if it has the same settings, data and checkpoint store.
   *
   * @param session the same for all coordinators of this cluster
   * @param leader name of the node that leads
   * @param meaning what all nodes of a run must have in common, a line each
   * @param fingerprint of the data set's index
   * @param token that is found in the run's checkpoint store
   * @param secret digest of the session and the cluster's secret
   */
  record Welcome(
      String session,
      String leader,
      String meaning,
      String fingerprint,
      String token,
      String secret)
      implements NodeMessage {}

  /**
   * The run does not take the node.
   *
   * @param why a line that says what to do
   */
  record Refused(String why) implements NodeMessage {}

  /** Does {@code node} lead, as the one that is asked sees the cluster now? */
  record WhoLeads(long generation, int time, long node, ActorRef<Coordinator.Command> replyTo)
      implements NodeMessage {}

  /** The others go on: the node that asked may leave the cluster. */
  enum Leave implements NodeMessage {
    INSTANCE
  }

  /** The run is over. */
  record Ended(RunOutcome outcome, ActorRef<Coordinator.Command> replyTo) implements NodeMessage {}
}
