package org.ijepa.decoding;

import akka.Done;
import akka.NotUsed;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import akka.japi.Pair;
import akka.stream.KillSwitches;
import akka.stream.SharedKillSwitch;
import akka.stream.javadsl.Framing;
import akka.stream.javadsl.Source;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.ijepa.batch.SharedWork;
import org.ijepa.batch.SharedWork.Worker;
import org.ijepa.coordinator.RunListener;
import org.ijepa.decoding.DecodingService.Answer;
import org.ijepa.decoding.DecodingService.Opened;

/**
 * The trainers' side: brings each stream of micro-batches of this process together with each node
 * that decodes, as they come and go. A node that cannot be reached is left at once; what it had is
 * decoded by others.
 */
public final class DecodingClient extends AbstractBehavior<DecodingClient.Command> {
  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final int MOST_DOUBLINGS = 5;

  /** Messages to the client, all from this process. */
  public sealed interface Command {}

  /** A stream has begun. */
  record Begun(SharedWork work) implements Command {}

  /** A stream has ended. */
  record Ended(SharedWork work) implements Command {}

  private record Listed(Receptionist.Listing listing) implements Command {}

  private record Answered(Link link, Optional<Answer> answer) implements Command {}

  private record Broken(Link link, Session session, Optional<Throwable> failure)
      implements Command {}

  private record Again(Link link) implements Command {}

  /** A stream and a node that decodes for it. */
  private record Link(SharedWork work, ActorRef<DecodingService.Command> node) {}

  /** A link in use. */
  private record Session(Worker worker, SharedKillSwitch both, AtomicBoolean brought) {
    void end() {
      worker.leave();
      both.shutdown();
    }
  }

  /**
   * What it is made of.
   *
   * @param run as {@link DecodingService.Parts#run}
   * @param node name of this node
   * @param imageBytes of a decoded sample
   */
  public record Parts(String run, String node, int imageBytes, RunListener listener) {}

  private final TimerScheduler<Command> timers;
  private final Parts parts;
  private final Set<SharedWork> works = new HashSet<>();
  private Set<ActorRef<DecodingService.Command>> nodes = Set.of();
  private final Map<Link, Session> sessions = new HashMap<>();

  /** How often in a row a node has failed before it brought anything. */
  private final Map<ActorRef<DecodingService.Command>, Integer> failures = new HashMap<>();

  private DecodingClient(
      ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
    super(context);
    this.timers = timers;
    this.parts = parts;
    context
        .getSystem()
        .receptionist()
        .tell(
            Receptionist.subscribe(
                DecodingService.KEY,
                context.messageAdapter(Receptionist.Listing.class, Listed::new)));
  }

  /** A client that knows of no stream and no node. */
  public static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new DecodingClient(context, timers, parts)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Begun.class, this::onBegun)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(Listed.class, this::onListed)
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(Broken.class, this::onBroken)
        .onMessage(Again.class, again -> onAgain(again.link()))
        .build();
  }

  private Behavior<Command> onBegun(Begun begun) {
    works.add(begun.work());
    nodes.forEach(node -> open(new Link(begun.work(), node)));
    return this;
  }

  private Behavior<Command> onEnded(Ended ended) {
    works.remove(ended.work());
    nodes.forEach(node -> close(new Link(ended.work(), node)));
    return this;
  }

  private Behavior<Command> onListed(Listed listed) {
    Set<ActorRef<DecodingService.Command>> now =
        listed.listing().getServiceInstances(DecodingService.KEY).stream()
            // This node's own decoders are busy with its own streams.
            .filter(node -> !node.path().address().hasLocalScope())
            .collect(Collectors.toUnmodifiableSet());
    Set<ActorRef<DecodingService.Command>> before = nodes;
    nodes = now;
    for (ActorRef<DecodingService.Command> node : before) {
      if (!now.contains(node)) {
        parts.listener().noted("node at " + address(node) + " decodes no more");
        failures.remove(node);
        works.forEach(work -> close(new Link(work, node)));
      }
    }
    for (ActorRef<DecodingService.Command> node : now) {
      if (!before.contains(node)) {
        parts.listener().noted("node at " + address(node) + " decodes for this node from now on");
        works.forEach(work -> open(new Link(work, node)));
      }
    }
    return this;
  }

  private static String address(ActorRef<DecodingService.Command> node) {
    return node.path().address().hostPort().replaceFirst(".*@", "");
  }

  private void open(Link link) {
    getContext()
        .ask(
            Answer.class,
            link.node(),
            ANSWER,
            replyTo -> new DecodingService.Open(parts.run(), parts.node(), replyTo),
            (answer, failure) -> new Answered(link, Optional.ofNullable(answer)));
  }

  private void close(Link link) {
    timers.cancel(link);
    Session session = sessions.remove(link);
    if (session != null) {
      session.end();
    }
  }

  private boolean isWanted(Link link) {
    return works.contains(link.work()) && nodes.contains(link.node());
  }

  private Behavior<Command> onAnswered(Answered answered) {
    Link link = answered.link();
    if (!isWanted(link) || sessions.containsKey(link)) {
      return this;
    }
    if (answered.answer().isEmpty()) {
      // Too busy to answer, or about to be found unreachable.
      waitFor(link);
    } else if (answered.answer().get() instanceof Opened opened) {
      run(link, opened);
    } else if (answered.answer().get() instanceof DecodingService.Refused refused) {
      parts
          .listener()
          .noted("node at " + address(link.node()) + " does not decode here: " + refused.reason());
    }
    return this;
  }

  private void run(Link link, Opened opened) {
    Session session =
        new Session(
            link.work().join(opened.most()), KillSwitches.shared("session"), new AtomicBoolean());
    sessions.put(link, session);
    Worker worker = session.worker();
    Source.unfoldAsync(
            NotUsed.getInstance(),
            state -> worker.next().thenApply(next -> next.map(one -> Pair.create(state, one))))
        .via(session.both().flow())
        .runWith(opened.wanted().getSink(), getContext().getSystem());
    CompletionStage<Done> samples =
        opened
            .frames()
            .getSource()
            .via(session.both().flow())
            .via(
                Framing.lengthField(
                    Integer.BYTES,
                    0,
                    SampleFrame.longest(parts.imageBytes()),
                    ByteOrder.BIG_ENDIAN))
            .map(SampleFrame::read)
            .runForeach(
                frame -> {
                  session.brought().set(true);
                  worker.bring(frame.id(), frame.decoded(), frame.pixels());
                },
                getContext().getSystem());
    getContext()
        .pipeToSelf(
            samples, (done, failure) -> new Broken(link, session, Optional.ofNullable(failure)));
  }

  /** The node has ended a stream: it leaves, or something broke. */
  private Behavior<Command> onBroken(Broken broken) {
    Link link = broken.link();
    if (!isWanted(link) || !broken.session().equals(sessions.get(link))) {
      return this;
    }
    close(link);
    if (broken.session().brought().get()) {
      failures.remove(link.node());
    }
    if (broken.failure().isPresent() && failures.getOrDefault(link.node(), 0) == 0) {
      parts
          .listener()
          .noted(
              "node at "
                  + address(link.node())
                  + " brings no samples for now: "
                  + broken.failure().get().getMessage());
    }
    waitFor(link);
    return this;
  }

  private void waitFor(Link link) {
    int before = failures.merge(link.node(), 1, Integer::sum) - 1;
    timers.startSingleTimer(
        link, new Again(link), FIRST_WAIT.multipliedBy(1L << Math.min(MOST_DOUBLINGS, before)));
  }

  private Behavior<Command> onAgain(Link link) {
    if (isWanted(link) && !sessions.containsKey(link)) {
      open(link);
    }
    return this;
  }
}
