package org.ijepa.coordinator;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ijepa.collective.Symptom;
import org.ijepa.coordinator.FailedLinks.Link;
import org.ijepa.trainer.FromMember.Broken;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.ToMember.Form;

/**
 * What the members of a generation whose sum failed say of it, taken together.
 *
 * @param symptom the surest that anybody saw
 * @param links those that showed it, with what was said of each
 * @param text what was said, in a line
 */
record FailedAttempt(Symptom symptom, Map<Link, String> links, String text) {
  private static final int MOST_SAID = 3;

  /**
   * Empty where the failure is held against nobody: a member has failed or was lost, which is dealt
   * with as such, or was not there in time, as who says nothing of a sum that failed was not in it.
   * A process that could not be connected to is none of that, whatever the others say.
   *
   * @param reports of members of the generation
   * @param present who is there when the next one is formed
   */
  static Optional<FailedAttempt> of(
      Form generation, Collection<Broken> reports, List<MemberId> present) {
    Map<String, MemberId> stayed =
        generation.members().stream()
            .filter(present::contains)
            .collect(Collectors.toMap(MemberId::name, member -> member));
    List<Broken> said =
        reports.stream()
            .filter(report -> stayed.containsValue(report.member()))
            .filter(report -> isOfThose(report, stayed.keySet()))
            .toList();
    Symptom surest =
        said.stream()
            .map(report -> report.suspicion().symptom())
            .min(Comparator.naturalOrder())
            .orElse(Symptom.UNKNOWN);
    boolean all = said.size() == generation.members().size();
    if (!all && surest != Symptom.UNREACHABLE) {
      return Optional.empty();
    }
    List<Broken> surely =
        said.stream().filter(report -> report.suspicion().symptom() == surest).toList();
    Map<Link, String> links = new TreeMap<>(Comparator.comparing(Link::toString));
    surely.stream()
        .filter(report -> !report.suspicion().name().isEmpty())
        .filter(report -> !isWithinProcess(report, stayed))
        .forEach(report -> links.putIfAbsent(link(report, stayed), text(report)));
    return Optional.of(
        new FailedAttempt(
            surest,
            links,
            surely.stream()
                .map(FailedAttempt::text)
                .limit(MOST_SAID)
                .collect(Collectors.joining("; "))));
  }

  private static boolean isOfThose(Broken report, Set<String> names) {
    String blamed = report.suspicion().name();
    return blamed.isEmpty() || names.contains(blamed);
  }

  /** Two trainers of one process: what fails is what the process has with others. */
  private static boolean isWithinProcess(Broken report, Map<String, MemberId> members) {
    MemberId blamed = members.get(report.suspicion().name());
    return !blamed.equals(report.member()) && blamed.endpoint().equals(report.member().endpoint());
  }

  private static Link link(Broken report, Map<String, MemberId> members) {
    return new Link(report.member().endpoint(), members.get(report.suspicion().name()).endpoint());
  }

  private static String text(Broken report) {
    return report.member().name() + ": " + report.reason();
  }
}
