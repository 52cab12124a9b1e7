package org.ijepa.decoding;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import akka.japi.Pair;
import akka.stream.Attributes;
import akka.stream.KillSwitches;
import akka.stream.SharedKillSwitch;
import akka.stream.SinkRef;
import akka.stream.SourceRef;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.StreamRefs;
import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import org.ijepa.batch.BufferPool;
import org.ijepa.batch.DecodeStages;
import org.ijepa.batch.FileBudget;
import org.ijepa.batch.SampleDecoding;
import org.ijepa.batch.SharedWork.Wanted;
import org.ijepa.coordinator.RunListener;

/**
 * Decodes for trainers on other nodes: for each of their streams one of its own, from what is
 * wanted to pixels, in order and with demand from the other end.
 */
public final class DecodingService extends AbstractBehavior<DecodingService.Command> {
  /** Under it trainers find those that decode. */
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "decoding");

  /** Messages to the service. */
  public sealed interface Command {}

  /**
   * A stream of micro-batches wants samples.
   *
   * @param run whose samples, as {@link Parts#run}
   * @param node who asks
   */
  public record Open(String run, String node, ActorRef<Answer> replyTo) implements Command {}

  /** Take nothing on any more, bring what was asked for. */
  public enum Drain implements Command {
    INSTANCE
  }

  private record Closed(Counts counts, Optional<Throwable> failure) implements Command {}

  /** Answers to {@link Open}. */
  public sealed interface Answer {}

  /**
   * Wanted samples in, {@link SampleFrame frames} out, in the same order.
   *
   * @param most samples that it takes on at a time
   */
  public record Opened(int most, SinkRef<Wanted> wanted, SourceRef<ByteString> frames)
      implements Answer {}

  /** Not for that run. */
  public record Refused(String reason) implements Answer {}

  /**
   * What it is made of.
   *
   * @param run digest of what decides about samples: order, data, decoder
   * @param fetchParallelism samples fetched at once for each stream
   * @param decodeParallelism images decoded at once for each stream
   * @param fileBytes bytes of files in memory, fetched or being decoded, for all streams together
   */
  public record Parts(
      String run,
      SampleDecoding decoding,
      int fetchParallelism,
      int decodeParallelism,
      long fileBytes,
      RunListener listener) {}

  /** Of one stream; counted on the decoder's threads. */
  private static final class Counts {
    private final String node;
    private final LongAdder images = new LongAdder();
    private final LongAdder bad = new LongAdder();

    Counts(String node) {
      this.node = node;
    }

    String text() {
      return String.format(
          Locale.ROOT,
          "decoded %,d images (%,d bad) for a stream of node %s",
          images.sum(),
          bad.sum(),
          node);
    }
  }

  private final Parts parts;
  private final BufferPool pool;
  private final SharedKillSwitch draining = KillSwitches.shared("drain");

  /** Changed by the actor; the streams themselves look how many they are. */
  private final Set<Counts> streams = Collections.synchronizedSet(new LinkedHashSet<>());

  private DecodingService(ActorContext<Command> context, Parts parts) {
    super(context);
    this.parts = parts;
    pool = new BufferPool(parts.decoding().imageBytes());
    context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
  }

  /** A service that can be found from now on. */
  public static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(context -> new DecodingService(context, parts));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Open.class, this::onOpen)
        .onMessage(Closed.class, this::onClosed)
        .onMessage(Drain.class, drain -> onDrain())
        .onSignal(PostStop.class, stopped -> onStopped())
        .build();
  }

  private Behavior<Command> onOpen(Open open) {
    if (!open.run().equals(parts.run())) {
      open.replyTo().tell(new Refused("it decodes for a run of other data or settings"));
      return this;
    }
    Counts counts = new Counts(open.node());
    streams.add(counts);
    Pair<Pair<SinkRef<Wanted>, CompletionStage<Done>>, SourceRef<ByteString>> stream =
        StreamRefs.<Wanted>sinkRef()
            .via(draining.flow())
            .via(samples(counts))
            .watchTermination(Keep.both())
            .toMat(StreamRefs.<ByteString>sourceRef(), Keep.both())
            .run(getContext().getSystem());
    getContext()
        .pipeToSelf(
            stream.first().second(),
            (done, failure) -> new Closed(counts, Optional.ofNullable(failure)));
    int most = parts.fetchParallelism() + 3 * parts.decodeParallelism();
    open.replyTo().tell(new Opened(most, stream.first().first(), stream.second()));
    return this;
  }

  private Flow<Wanted, ByteString, akka.NotUsed> samples(Counts counts) {
    CompletionStage<Done> news = parts.decoding().news();
    return DecodeStages.<Wanted, SampleFrame>of(
            new DecodeStages.Width(
                parts.fetchParallelism(), parts.decodeParallelism(), new FileBudget(this::share)),
            wanted -> parts.decoding().bytes(wanted.place()),
            wanted -> news.thenCompose(known -> parts.decoding().fetch(wanted.place())),
            fetched -> decode(fetched, counts))
        .mapConcat(SampleFrame::pieces)
        .withAttributes(Attributes.inputBuffer(1, 1));
  }

  /** Each stream has as much as any other: one that waits for its trainer holds up none. */
  private long share() {
    return parts.fileBytes() / Math.max(1, streams.size());
  }

  private CompletionStage<SampleFrame> decode(DecodeStages.Fetched<Wanted> fetched, Counts counts) {
    Wanted wanted = fetched.wanted();
    ByteBuffer pixels = pool.take();
    return parts
        .decoding()
        .decode(wanted.place(), fetched.file(), pixels, fetched.claim())
        .thenApply(
            decoded -> {
              counts.images.increment();
              counts.bad.add(decoded.bad().size());
              ByteString copy = ByteString.fromByteBuffer(pixels.duplicate());
              pool.giveBack(pixels);
              return new SampleFrame(wanted.id(), decoded, copy);
            });
  }

  private Behavior<Command> onClosed(Closed closed) {
    streams.remove(closed.counts());
    if (closed.counts().images.sum() == 0) {
      // A stream that ended before it wanted anything, or whose asker had given up by then.
      return this;
    }
    String broke = closed.failure().map(why -> ", which broke: " + why.getMessage()).orElse("");
    parts.listener().noted(closed.counts().text() + broke);
    return this;
  }

  /** The node ends before the trainers' streams do. */
  private Behavior<Command> onStopped() {
    streams.forEach(counts -> parts.listener().noted(counts.text()));
    return this;
  }

  private Behavior<Command> onDrain() {
    getContext()
        .getSystem()
        .receptionist()
        .tell(Receptionist.deregister(KEY, getContext().getSelf()));
    draining.shutdown();
    return this;
  }
}
