package org.ijepa.coordinator;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Between which processes sums fail, and who has to be left out so that all others can sum: a pure
 * function.
 */
final class FailedLinks {
  private FailedLinks() {}

  /**
   * A process that says it could not sum, and the one that it blames, by their endpoints. One that
   * blames itself fails with whomever.
   */
  record Link(String from, String to) {
    boolean touches(String process) {
      return from.equals(process) || to.equals(process);
    }

    /** Whether it is between the same two, whoever says so. */
    boolean isSame(Link link) {
      return isOwn() == link.isOwn() && touches(link.from()) && touches(link.to());
    }

    private boolean isOwn() {
      return from.equals(to);
    }

    private String other(String process) {
      return from.equals(process) ? to : from;
    }
  }

  /**
   * Few processes without which no link is left: again and again the one at most links.
   *
   * @param rather the greater of two at equally many links is left out
   */
  static Set<String> cover(Collection<Link> links, Comparator<String> rather) {
    Set<Link> left = new HashSet<>(links);
    Set<String> cover = new TreeSet<>();
    left.stream().filter(Link::isOwn).forEach(link -> cover.add(link.from()));
    left.removeIf(link -> cover.stream().anyMatch(link::touches));
    while (!left.isEmpty()) {
      String worst = worst(left, rather);
      cover.add(worst);
      left.removeIf(link -> link.touches(worst));
    }
    return cover;
  }

  private static String worst(Set<Link> links, Comparator<String> rather) {
    Set<String> ends = new TreeSet<>();
    links.forEach(
        link -> {
          ends.add(link.from());
          ends.add(link.to());
        });
    return ends.stream()
        .max(
            Comparator.<String>comparingLong(process -> degree(process, links))
                .thenComparing(rather))
        .orElseThrow();
  }

  /** Number of others that a process cannot sum with. */
  private static long degree(String process, Set<Link> links) {
    return links.stream()
        .filter(link -> link.touches(process))
        .map(link -> link.other(process))
        .distinct()
        .count();
  }
}
