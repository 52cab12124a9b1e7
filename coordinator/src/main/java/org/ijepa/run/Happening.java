package org.ijepa.run;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.TreeMap;

/** What can happen to a run. */
public sealed interface Happening {
  /** A line for people. */
  String text();

  /** A process leads the run from here on. */
  record Led(String text) implements Happening {}

  /** Something that people want to know. */
  record Noted(String text) implements Happening {}

  /** Something that a look between steps has shown; it has a file of its own. */
  record Found(String text) implements Happening {}

  /**
   * A generation of trainers was formed.
   *
   * @param trainers number of its members
   * @param nextStep that it runs first
   * @param load name of the checkpoint that it begins from; empty: from memory or start values
   */
  record GenerationBegan(long generation, int trainers, long nextStep, String load)
      implements Happening {
    @Override
    public String text() {
      return "generation "
          + generation
          + ": "
          + trainers
          + (trainers == 1 ? " trainer" : " trainers")
          + ", step "
          + nextStep
          + (load.isEmpty() ? "" : " from " + load);
    }
  }

  /** A generation of trainers is over. */
  record GenerationEnded(long generation, String why) implements Happening {
    @Override
    public String text() {
      return "generation " + generation + " ends: " + why;
    }
  }

  /**
   * Who takes part has changed.
   *
   * @param generation claimed last
   * @param members all that take part now, trainers in the order of ranks first
   */
  record MembersChanged(long generation, List<RunMember> members) implements Happening {
    @Override
    public String text() {
      return "members: "
          + members.stream()
              .collect(groupingBy(RunMember::state, TreeMap::new, counting()))
              .entrySet()
              .stream()
              .map(state -> state.getValue() + " " + state.getKey().word())
              .collect(joining(", "));
    }
  }

  /** A trainer is there, and the run goes on without it, as others could not sum with it. */
  record LeftOut(String trainer, String why) implements Happening {
    @Override
    public String text() {
      return "trainer " + trainer + " is left out: " + why;
    }
  }

  /**
   * A checkpoint is complete.
   *
   * @param stallSeconds that training waited for it; NaN where nobody knows, as in old runs
   * @param writeSeconds from the copy until it was complete, beside training; NaN as above
   */
  record CheckpointStored(String name, double stallSeconds, double writeSeconds)
      implements Happening {
    /** One of which no more is known. */
    public CheckpointStored(String name) {
      this(name, Double.NaN, Double.NaN);
    }

    @Override
    public String text() {
      return name;
    }
  }

  /** The run has come to an end or to a stop. */
  record Ended(String text) implements Happening {}
}
