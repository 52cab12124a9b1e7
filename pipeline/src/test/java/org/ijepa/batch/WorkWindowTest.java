package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class WorkWindowTest {
  private static final int MICRO_BATCH = 4;
  private static final int OWN = 6;

  private static WorkWindow window(int microBatches) {
    WorkWindow window = new WorkWindow(OWN, MICRO_BATCH);
    for (int i = 0; i < microBatches; i++) {
      window.add();
    }
    return window;
  }

  /** All that a worker may take now. */
  private static List<Long> takeAll(WorkWindow window, int worker, long now) {
    List<Long> taken = new ArrayList<>();
    OptionalLong id = window.take(worker, now, true);
    while (id.isPresent()) {
      taken.add(id.getAsLong());
      id = window.take(worker, now, true);
    }
    return taken;
  }

  /** Workers come, are slow, bring things twice or never, and go, in an order from a seed. */
  @Property(tries = 300)
  void shouldFillEachPlaceOnceWhoeverIsLateOrLost(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int microBatches) {
    SplittableRandom random = new SplittableRandom(seed);
    WorkWindow window = new WorkWindow(OWN, MICRO_BATCH);
    Map<Integer, List<Long>> hands = new HashMap<>(Map.of(WorkWindow.OWN, new ArrayList<>()));
    List<Integer> there = new ArrayList<>(List.of(WorkWindow.OWN));
    Set<Long> filled = new HashSet<>();
    int added = 0;
    int passed = 0;
    int capacity = OWN;
    Map<Integer, Integer> mosts = new HashMap<>();
    long now = 0;
    for (int turn = 0; passed < microBatches; turn++) {
      assertThat(turn).as("no deadlock").isLessThan(20_000);
      now++;
      if (added < microBatches && window.hasRoom()) {
        assertThat(window.add()).isEqualTo((long) added * MICRO_BATCH);
        added++;
        assertThat((added - passed - 1) * MICRO_BATCH)
            .as("memory is bounded by what all can hold")
            .isLessThan(2 * capacity + MICRO_BATCH);
      }
      while (filled.containsAll(ids(passed))) {
        window.pass();
        passed++;
      }
      int worker = there.get(random.nextInt(there.size()));
      switch (random.nextInt(8)) {
        case 0 -> {
          if (there.size() < 4) {
            int most = random.nextInt(1, 9);
            int joined = window.join(most);
            capacity += most;
            mosts.put(joined, most);
            there.add(joined);
            hands.put(joined, new ArrayList<>());
          }
        }
        case 1 -> {
          if (worker != WorkWindow.OWN) {
            window.leave(worker);
            capacity -= mosts.get(worker);
            there.remove((Integer) worker);
          }
        }
        case 2, 3, 4 -> window.take(worker, now, true).ifPresent(hands.get(worker)::add);
        default -> {
          // The dead may still speak, and a worker may bring the same twice.
          List<Integer> all = List.copyOf(hands.keySet());
          int who = worker == WorkWindow.OWN ? worker : all.get(random.nextInt(all.size()));
          List<Long> hand = hands.get(who);
          if (!hand.isEmpty()) {
            long id = hand.get(random.nextInt(hand.size()));
            if (window.claim(who, id, now)) {
              assertThat(filled.add(id)).as("filled once").isTrue();
              window.fill(id);
            }
          }
        }
      }
    }
    assertThat(filled).hasSize(microBatches * MICRO_BATCH);
  }

  private static List<Long> ids(int microBatch) {
    long first = (long) microBatch * MICRO_BATCH;
    return List.of(first, first + 1, first + 2, first + 3);
  }

  @Test
  void shouldGiveWhatALostWorkerHadToOthersAtOnce() {
    WorkWindow window = window(2);
    int lost = window.join(3);
    assertThat(takeAll(window, lost, 0)).containsExactly(0L, 1L, 2L);
    assertThat(window.leave(lost)).isEqualTo(3);
    assertThat(takeAll(window, WorkWindow.OWN, 0)).startsWith(0L, 1L, 2L, 3L);
    assertThat(window.claim(lost, 0, 1)).isFalse();
  }

  @Test
  void shouldTakeOverWhatIsLateOnceNothingElseIsToDo() {
    WorkWindow window = window(1);
    int slow = window.join(2);
    assertThat(takeAll(window, slow, 0)).containsExactly(0L, 1L);
    assertThat(window.take(WorkWindow.OWN, 0, true)).hasValue(2);
    assertThat(window.claim(WorkWindow.OWN, 2, 10)).isTrue();
    window.fill(2);
    assertThat(window.take(WorkWindow.OWN, 10, true)).hasValue(3);
    assertThat(window.take(WorkWindow.OWN, 10, true)).as("ten is what it takes here").isEmpty();
    assertThat(window.take(WorkWindow.OWN, 11, false)).as("nobody waits for it").isEmpty();
    assertThat(window.take(WorkWindow.OWN, 11, true)).hasValue(0);
    assertThat(window.isShared(0)).isTrue();
    assertThat(window.isShared(3)).isFalse();
  }

  @Test
  void shouldGiveLessToOneThatIsLate() {
    WorkWindow window = window(2);
    int slow = window.join(4);
    assertThat(takeAll(window, slow, 0)).hasSize(4);
    assertThat(takeAll(window, WorkWindow.OWN, 1)).hasSize(8);
    for (long id = 0; id < 4; id++) {
      assertThat(window.claim(WorkWindow.OWN, id, 2)).isTrue();
      window.fill(id);
    }
    for (long id = 0; id < 4; id++) {
      assertThat(window.claim(slow, id, 3)).as("too late").isFalse();
    }
    window.add();
    assertThat(takeAll(window, slow, 4)).hasSize(1);
  }
}
