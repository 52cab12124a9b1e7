package org.ijepa.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.stage.StageMeter.Element;
import org.junit.jupiter.api.Test;

class StageMeterTest {
  private static final long SECOND = 1_000_000_000L;

  private long now;

  private void pass(long seconds) {
    now += seconds * SECOND;
  }

  @Test
  void shouldTellWorkFromWaitingOnEitherSide() {
    StageMeter meter = new StageMeter(2, () -> now);
    pass(1);
    Element first = meter.begin();
    pass(2);
    meter.finish(first);
    pass(4);
    meter.taken();
    pass(8);
    // One slot of two worked for 2 s, held a finished element for 4 s, and was empty else.
    assertThat(meter.counts()).isEqualTo(new StageCounts(2, 1, 1, 2, 2 * 15 - 6, 4));
  }

  @Test
  void shouldCountAsWorkWhatWaitsForAnEarlierElement() {
    StageMeter meter = new StageMeter(2, () -> now);
    Element first = meter.begin();
    Element second = meter.begin();
    meter.finish(second);
    pass(3);
    assertThat(meter.counts().busy()).isEqualTo(6);
    meter.finish(first);
    pass(1);
    assertThat(meter.counts()).isEqualTo(new StageCounts(2, 2, 0, 6, 0, 2));
  }

  @Test
  void shouldCountNoMoreWorkThanItHasSlots() {
    StageMeter meter = new StageMeter(1, () -> now);
    Element first = meter.begin();
    Element second = meter.begin();
    pass(2);
    meter.finish(first);
    pass(3);
    meter.taken();
    meter.finish(second);
    pass(4);
    assertThat(meter.counts()).isEqualTo(new StageCounts(1, 2, 1, 5, 0, 4));
  }

  @Test
  void shouldRefuseThatSomethingUnfinishedIsTaken() {
    StageMeter meter = new StageMeter(1, () -> now);
    meter.begin();
    assertThatThrownBy(meter::taken).isInstanceOf(IllegalStateException.class);
  }

  @Property
  void shouldAccountForEachSlotSecondOnce(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int slots) {
    Random random = new Random(seed);
    StageMeter meter = new StageMeter(slots, () -> now);
    long begun = now;
    List<Element> working = new ArrayList<>();
    ArrayDeque<Element> order = new ArrayDeque<>();
    List<Element> finished = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      pass(random.nextInt(3));
      switch (random.nextInt(3)) {
        case 0 -> {
          if (order.size() < 2 * slots) {
            Element element = meter.begin();
            working.add(element);
            order.add(element);
          }
        }
        case 1 -> {
          if (!working.isEmpty()) {
            Element element = working.remove(random.nextInt(working.size()));
            meter.finish(element);
            finished.add(element);
          }
        }
        default -> {
          if (!order.isEmpty() && finished.contains(order.peek())) {
            order.remove();
            meter.taken();
          }
        }
      }
    }
    StageCounts counts = meter.counts();
    assertThat(counts.total()).isCloseTo(slots * (now - begun) * 1e-9, within(1e-6));
    assertThat(counts.in() - counts.out()).isEqualTo(order.size());
  }
}
