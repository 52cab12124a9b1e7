package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ijepa.coordinator.FailedLinks.Link;
import org.junit.jupiter.api.Test;

class FailedLinksTest {
  private static final Comparator<String> LAST = Comparator.naturalOrder();

  private static Set<String> cover(Link... links) {
    return FailedLinks.cover(List.of(links), LAST);
  }

  @Test
  void shouldLeaveNobodyOutWhereNothingFails() {
    assertThat(cover()).isEmpty();
  }

  @Test
  void shouldLeaveOutOneEndOfALinkWhicheverSaysSo() {
    assertThat(cover(new Link("a", "b"))).containsExactly("b");
    assertThat(cover(new Link("b", "a"), new Link("a", "b"))).containsExactly("b");
    assertThat(FailedLinks.cover(List.of(new Link("a", "b")), LAST.reversed()))
        .containsExactly("a");
  }

  @Test
  void shouldLeaveOutTheOneThatCannotReachSeveral() {
    assertThat(cover(new Link("a", "b"), new Link("a", "c"))).containsExactly("a");
    assertThat(cover(new Link("b", "a"), new Link("a", "c"))).containsExactly("a");
  }

  @Test
  void shouldLeaveOutWhoFailsByItself() {
    assertThat(cover(new Link("a", "a"), new Link("a", "b"))).containsExactly("a");
  }

  /** No link is left, and nobody is left out who has none but with others that are. */
  @Property
  void shouldLeaveNoLinkAndLeaveOutNobodyInVain(
      @ForAll @Size(max = 12) List<@IntRange(max = 48) Integer> pairs) {
    List<Link> links =
        pairs.stream()
            .map(pair -> new Link(String.valueOf(pair / 7), String.valueOf(pair % 7)))
            .toList();
    Set<String> cover = FailedLinks.cover(links, LAST);
    assertThat(links).allMatch(link -> cover.contains(link.from()) || cover.contains(link.to()));
    assertThat(cover).allMatch(process -> links.stream().anyMatch(link -> link.touches(process)));
  }
}
