package org.ijepa.cli;

import akka.actor.AbstractExtensionId;
import akka.actor.Address;
import akka.actor.ExtendedActorSystem;
import akka.actor.Extension;
import akka.actor.ExtensionId;
import akka.actor.ExtensionIdProvider;
import akka.cluster.Cluster;
import akka.cluster.Member;
import akka.remote.RARP;
import akka.remote.RemoteTransport;
import akka.remote.testkit.Blackhole$;
import akka.remote.testkit.Direction;
import akka.remote.testkit.SetThrottle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.node.PretrainRun;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepProbe;
import scala.jdk.javaapi.FutureConverters;

/**
 * A node of a run, as {@code ijepa pretrain} is one, with a fault planted at a point of a step.
 * Akka's own test mode lets it lose all that is sent to or received from another node.
 */
public final class FaultyNode {
  /** The actor system of the node, once its remoting runs. */
  private static final CompletableFuture<ExtendedActorSystem> SYSTEM = new CompletableFuture<>();

  private FaultyNode() {}

  /** Akka loads it into each system that it starts. */
  public static final class Remoting extends AbstractExtensionId<Remoting.Seen>
      implements ExtensionIdProvider {
    /** Nothing but that there is one. */
    static final class Seen implements Extension {}

    @Override
    public Seen createExtension(ExtendedActorSystem system) {
      // Of the process's systems only that of the node has remoting.
      if (system.settings().config().getString("akka.actor.provider").equals("cluster")) {
        SYSTEM.complete(system);
      }
      return new Seen();
    }

    @Override
    public ExtensionId<? extends Extension> lookup() {
      return this;
    }
  }

  /** What is done, once. */
  private enum Fault {
    /** The trainer finds the Java heap full. */
    HEAP_FULL(StepProbe.Point.BACKWARD_DONE) {
      @Override
      void happen(Path marks) {
        List<long[]> hog = new ArrayList<>();
        while (hog.size() < Integer.MAX_VALUE) {
          hog.add(new long[Integer.MAX_VALUE / 2]);
        }
      }
    },

    /**
     * Nothing comes or goes any more, and no connection tells the others. The trainer, whose sums
     * have connections of their own, takes part in none until its node has been removed.
     */
    CUT_OFF(StepProbe.Point.BACKWARD_DONE) {
      @Override
      void happen(Path marks) throws Exception {
        loseEverything();
        CountDownLatch removed = new CountDownLatch(1);
        Cluster.get(SYSTEM.join()).registerOnMemberRemoved(removed::countDown);
        removed.await();
      }
    },

    /** The trainer takes part in no sum, though its node lives, until there is a mark. */
    HUNG(StepProbe.Point.BACKWARD_DONE) {
      @Override
      void happen(Path marks) throws Exception {
        awaitMark(marks);
      }
    },

    /** The trainer never comes to an end of what it computes, though its node lives. */
    STUCK(StepProbe.Point.BACKWARD_DONE) {
      @Override
      void happen(Path marks) {
        hang();
      }
    },

    /** As above, with an update half done. */
    STUCK_IN_UPDATE(StepProbe.Point.WEIGHTS_UPDATED) {
      @Override
      void happen(Path marks) {
        hang();
      }
    },

    /** Another node waits for it. */
    MARK(StepProbe.Point.TARGET_MOVED) {
      @Override
      void happen(Path marks) throws IOException {
        mark(marks);
      }
    },

    /** The process ends, without another word, once another node has left its mark. */
    HALT_AFTER_MARK(StepProbe.Point.TARGET_MOVED) {
      @Override
      void happen(Path marks) throws Exception {
        awaitMark(marks);
        Runtime.getRuntime().halt(137);
      }
    };

    private final StepProbe.Point point;

    Fault(StepProbe.Point point) {
      this.point = point;
    }

    abstract void happen(Path marks) throws Exception;
  }

  /** Leaves the mark that others wait for. */
  static void mark(Path marks) throws IOException {
    Files.createFile(marks.resolve("mark"));
  }

  private static void awaitMark(Path marks) throws InterruptedException {
    while (!Files.exists(marks.resolve("mark"))) {
      Thread.sleep(1);
    }
  }

  /** As a call into a library that does not come back: no interruption ends it. */
  private static void hang() {
    while (true) {
      LockSupport.park();
    }
  }

  private static void loseEverything() throws Exception {
    ExtendedActorSystem system = SYSTEM.join();
    Address self = Cluster.get(system).selfAddress();
    RemoteTransport remoting = ((RARP) RARP.get(system)).provider().transport();
    for (Member member : Cluster.get(system).state().getMembers()) {
      if (!member.address().equals(self)) {
        Object command =
            new SetThrottle(member.address(), Direction.bothDirection(), Blackhole$.MODULE$);
        FutureConverters.asJava(remoting.managementCommand(command)).toCompletableFuture().get();
      }
    }
  }

  /**
   * What starts such a node.
   *
   * @param fault name of a {@link Fault}
   * @param step in which it happens
   * @param marks folder that the nodes share
   * @param sets settings of this node alone
   */
  static ProcessRun.Kind with(String fault, long step, Path marks, String... sets) {
    List<String> main = new ArrayList<>(List.of(FaultyNode.class.getName(), fault));
    main.addAll(List.of(Long.toString(step), marks.toString()));
    Stream.of(sets).forEach(set -> main.addAll(List.of("--set", set)));
    return new ProcessRun.Kind(
        List.of(
            "-Xmx600m",
            "-Dakka.remote.artery.advanced.test-mode=on",
            "-Dakka.extensions.0=" + Remoting.class.getName()),
        main);
  }

  /** Arguments: fault, step, marks, then options of {@code ijepa pretrain}. */
  public static void main(String[] args) throws Exception {
    Fault fault = Fault.valueOf(args[0]);
    long when = Long.parseLong(args[1]);
    Path marks = Path.of(args[2]);
    Path out = null;
    List<String> sets = new ArrayList<>();
    for (int i = 3; i < args.length; i += 2) {
      if (args[i].equals("--out")) {
        out = Path.of(args[i + 1]);
      } else {
        sets.add(args[i + 1]);
      }
    }
    AtomicBoolean done = new AtomicBoolean();
    StepProbe probe =
        (point, member, step) -> {
          if (step == when && point == fault.point && !done.getAndSet(true)) {
            plant(fault, member, marks);
          }
        };
    try (PretrainRun run =
        new PretrainRun(Settings.load(Optional.empty(), sets), out, new Lines(), probe)) {
      RunOutcome outcome = run.run();
      System.out.println(outcome.text());
      System.exit(outcome.exitCode().number());
    }
  }

  private static void plant(Fault fault, MemberId member, Path marks) {
    System.out.println(member.name() + ": " + fault);
    try {
      fault.happen(marks);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Lines implements RunListener {
    @Override
    public void committed(StepMetrics metrics) {}

    @Override
    public void noted(String text) {
      System.out.println(text);
    }
  }
}
