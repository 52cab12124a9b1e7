package org.ijepa.coordinator;

/** What no schedule may break. */
enum Invariant {
  REPLICAS_AGREE("a member that votes has the model of the steps that it has committed"),
  UPDATES_NEED_GRADIENTS("nobody updates for a step whose reduced gradient it does not hold"),
  LEDGER_HAS_EACH_STEP_ONCE("the ledger has every committed step once, in order"),
  REMEMBERED_IS_KEPT("no step is lost that a member of the newest generation has committed"),
  STORED_IS_KEPT("no step is lost that stands in a checkpoint of those who led"),
  CHECKPOINTS_HOLD_THEIR_STEP("a checkpoint holds the model and the ledger of its step"),
  RUN_ENDS("once faults stop, the run comes to its end"),
  RUN_DOES_NOT_GIVE_UP("members never contradict each other"),
  FEW_GENERATIONS("what fails again and again is tried ever more seldom"),
  ONLY_THE_UNREACHABLE_ARE_LEFT_OUT("who can sum with all others is not left out"),
  NOTHING_THROWS("no message at whatever moment makes anybody throw"),
  A_MAJORITY_GOES_ON("one link that fails for good ends no run that a majority could go on with");

  private final String text;

  Invariant(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return name() + " (" + text + ")";
  }
}
