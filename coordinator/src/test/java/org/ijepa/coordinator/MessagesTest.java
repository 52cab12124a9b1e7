package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.serialization.SerializationExtension;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.ijepa.batch.BadSample;
import org.ijepa.batch.SharedWork;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.collective.Symptom;
import org.ijepa.decoding.DecodingService;
import org.ijepa.failure.ExitCode;
import org.ijepa.ledger.Substitute;
import org.ijepa.order.Place;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.stage.StageCounts;
import org.ijepa.store.Hedges;
import org.ijepa.trainer.CheckpointSeconds;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.ijepa.trainer.FromMember;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;
import org.ijepa.trainer.Suspicion;
import org.ijepa.trainer.ToMember;
import org.ijepa.trainer.ToMember.Origin;
import org.ijepa.trainer.ToMember.Then;
import org.ijepa.trainer.Trainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every message between nodes comes out as it went in. */
class MessagesTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString("akka.actor.provider = local")
              .withFallback(ConfigFactory.parseResources("ijepa-akka.conf"))
              .withFallback(ConfigFactory.load()));

  private static final MemberId A = new MemberId("a-0", 17, "127.0.0.1:4711");
  private static final MemberId B = new MemberId("b:2551-0", 1L << 60, "host:1");
  private static final StepFacts FACTS =
      new StepFacts(
          41,
          Math.PI,
          Double.NaN,
          false,
          List.of(new Substitute(3, 1)),
          50,
          30,
          -7,
          List.of(new BadSample(3, 0, "a/b é.jpg", "TRUNCATED", "no end")),
          0.25,
          Double.POSITIVE_INFINITY,
          2e-3,
          new PipelineCounts(
              new StageCounts(1, 2, 3, 0.5, 0.25, 1e-9),
              StageCounts.NONE,
              new StageCounts(2, 1L << 40, 5, 7, 0, 1),
              StageCounts.NONE,
              StageCounts.NONE,
              new StageCounts(0, 7, 6, 3.5, 0, 0),
              new StageCounts(0, 4, 3, 1.5, 0, 0),
              new Hedges(900, 3, 2, 4)));
  private static final StepPlan PLAN = new StepPlan(41, 1e-3, 0.05, 0.996, 0.5, true);
  private static final Finding FINDING =
      new Finding(
          "collapse",
          41,
          Map.of("rank", 3.5, "loss", Double.NaN),
          "watch",
          Severity.WATCH,
          "watch (images differ in 3.5 directions)");
  private static final CheckpointName NAME = new CheckpointName(41, 3);

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  static List<ToMember> toMembers() {
    return List.of(
        new ToMember.Ask(3),
        new ToMember.Form(
            3,
            List.of(A, B),
            List.of(B),
            1,
            41,
            Optional.of(PLAN),
            Origin.MEMORY,
            "",
            List.of(FACTS, FACTS),
            Then.CONTINUE,
            "x"),
        new ToMember.Form(
            4,
            List.of(A),
            List.of(),
            0,
            0,
            Optional.empty(),
            Origin.INITIAL,
            "",
            List.of(),
            Then.PAUSE,
            ""),
        new ToMember.Commit(3, PLAN, Then.PAUSE, NAME.toString(), 40),
        new ToMember.Heard(NAME));
  }

  static List<FromMember> fromMembers() {
    return List.of(
        new FromMember.Answer(A, 4, 3, List.of("a-0"), 41, Optional.of(FACTS), List.of(FACTS)),
        new FromMember.Answer(A, 4, 0, List.of(), 0, Optional.empty(), List.of()),
        new FromMember.Refusal(B, 9),
        new FromMember.Reduced(A, 3, FACTS),
        new FromMember.Broken(A, 3, "rank 1 is gone", "", Suspicion.NONE),
        new FromMember.Broken(
            A,
            3,
            "cannot reach rank 1",
            NAME.toString(),
            new Suspicion("b-0", Symptom.UNREACHABLE)),
        new FromMember.NoInput(A, 3, "cannot read a sample", ExitCode.INTERRUPTED),
        new FromMember.Stored(
            A, NAME, List.of(new Manifest.FileEntry("a", 5, "ff")), new CheckpointSeconds(0.5, 7)),
        new FromMember.NotStored(A, NAME, "no space"));
  }

  @ParameterizedTest
  @MethodSource("toMembers")
  void shouldCarryWhatCoordinatorsSay(ToMember message) {
    KIT.serializationTestKit().verifySerialization(new Trainer.FromCoordinator(message), true);
  }

  @ParameterizedTest
  @MethodSource("fromMembers")
  void shouldCarryWhatMembersSay(FromMember message) {
    verify(new Coordinator.FromTrainer(new Trainer.Says(message)));
  }

  private static void verify(Object message) {
    KIT.serializationTestKit().verifySerialization(message, true);
  }

  @Test
  void shouldCarryWhatTrainersSay() {
    ActorRef<Trainer.Command> trainer = KIT.createTestProbe(Trainer.Command.class).getRef();
    List<Trainer.Event> events =
        List.of(
            new Trainer.Registered(A, -5, trainer),
            new Trainer.Failed(A, "why", Optional.of(ExitCode.BAD_DATA)),
            new Trainer.Failed(A, "why", Optional.empty()),
            new Trainer.Hung(A, "why"),
            new Trainer.Found(A, FINDING));
    events.forEach(event -> verify(new Coordinator.FromTrainer(event)));
  }

  @Test
  void shouldCarryWhatNodesAndCoordinatorsSay() {
    ActorRef<NodeMessage> node = KIT.createTestProbe(NodeMessage.class).getRef();
    ActorRef<Coordinator.Command> coordinator =
        KIT.createTestProbe(Coordinator.Command.class).getRef();
    verify(new Coordinator.NodeHello(-7, "a", 2, new Sums(22703, true), node));
    verify(new Coordinator.Leads(3, 1, -7, true));
    verify(new Coordinator.Goodbye(5));
    verify(new Coordinator.LeaveAsked(-7, node));
    verify(NodeMessage.Leave.INSTANCE);
    verify(new NodeMessage.Refused("why"));
    verify(new NodeMessage.Welcome("session", "host:1", "seed = 0\n", "ff", "token", "00"));
    verify(new NodeMessage.WhoLeads(3, 1, -7, coordinator));
    verify(new NodeMessage.Ended(new RunOutcome(ExitCode.DONE, 41, "done"), coordinator));
  }

  @Test
  void shouldCarryWhatIsSaidAboutDecoding() {
    ActorRef<DecodingService.Answer> client =
        KIT.createTestProbe(DecodingService.Answer.class).getRef();
    verify(new DecodingService.Open("ff", "a", client));
    verify(new DecodingService.Refused("why"));
    verify(new SharedWork.Wanted(1L << 40, new Place(2, 1L << 40, 7)));
  }

  @Test
  void shouldCarryStatus() {
    verify(new Coordinator.StatusAsked(KIT.createTestProbe(StatusAnswer.class).getRef()));
    verify(
        new StatusAnswer.Members(
            List.of(new StatusAnswer.Node("ijepa@host:1", List.of("trainer"), "up", false, true))));
    verify(
        new StatusAnswer.Run(
            3,
            "running",
            41,
            100,
            Double.NaN,
            List.of("a-0"),
            List.of("b-0"),
            NAME.toString(),
            List.of(new StatusAnswer.Event("2026-01-02T03:04:05Z", "generation 3"))));
  }

  /** Numbers of a real run share no bits; bad samples come on top of them. */
  private static StepFacts facts(long step, SplittableRandom random) {
    List<BadSample> bad =
        random.nextInt(8) > 0
            ? List.of()
            : List.of(
                new BadSample(
                    random.nextInt(2048),
                    0,
                    "train/n%08d/n%08d.JPEG".formatted(random.nextInt(1 << 24), step),
                    "TRUNCATED",
                    "no end"));
    return new StepFacts(
        step,
        random.nextDouble(),
        random.nextDouble(),
        true,
        bad.stream().map(sample -> new Substitute(sample.slot(), 1)).toList(),
        random.nextInt(40, 60),
        random.nextInt(20, 40),
        random.nextLong(),
        bad,
        random.nextDouble(),
        random.nextDouble(),
        random.nextDouble(),
        PipelineCounts.NONE);
  }

  /** A run stops before that; else nobody would ever hear the answer. */
  @Test
  void shouldFitAllThatMembersMayRememberIntoAMessage() {
    Config settings = KIT.system().settings().config();
    assertThat(settings.getBytes("akka.remote.artery.advanced.maximum-frame-size"))
        .isEqualTo(ProtocolRules.MESSAGE_BYTES);
    Remembered remembered = new Remembered(ProtocolRules.MESSAGE_BYTES);
    SplittableRandom random = new SplittableRandom(7);
    List<StepFacts> history = new ArrayList<>();
    for (long step = 1_000_000; !remembered.isFull(); step++) {
      history.add(facts(step, random));
      remembered.decided(history.get(history.size() - 1));
    }
    Object answer =
        new Coordinator.FromTrainer(
            new Trainer.Says(
                new FromMember.Answer(
                    A, 4, 3, List.of("a-0"), 41, Optional.of(FACTS), List.copyOf(history))));
    byte[] bytes = SerializationExtension.get(KIT.system()).serialize(answer).get();

    assertThat(history).hasSizeGreaterThan(20_000);
    assertThat(bytes).hasSizeLessThan((int) ProtocolRules.MESSAGE_BYTES * 7 / 8);
  }
}
