package org.ijepa.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.ijepa.source.TarWalk.Member;
import org.junit.jupiter.api.Test;

final class TarWalkTest {
  private static final String LONG = "folder/".repeat(40) + "a long name with ä.jpg";

  /** All members, seen through windows of a length. */
  private static List<Member> walk(TarWalk walk, byte[] tar, int window) {
    List<Member> members = new ArrayList<>();
    while (!walk.isDone()) {
      int from = (int) walk.position();
      int to = Math.min(tar.length, from + Math.max(walk.wanted(), window));
      assertThat(to - from).isGreaterThanOrEqualTo(walk.wanted());
      members.addAll(walk.accept(Arrays.copyOfRange(tar, from, to)));
    }
    return members;
  }

  private static List<Member> walk(byte[] tar) {
    TarWalk walk = new TarWalk(tar.length);
    List<Member> members = walk(walk, tar, 1000);
    assertThat(walk.problem()).isEmpty();
    return members;
  }

  private static String contents(byte[] tar, Member member) {
    return new String(tar, (int) member.offset(), (int) member.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void shouldFindMembersWithShortAndLongNames() {
    for (Tars tars : List.of(Tars.gnu(), Tars.pax())) {
      byte[] tar =
          tars.with("./a.jpg", "first")
              .with(LONG, "second")
              .with("ä.jpg", "")
              .with("b", "x")
              .bytes();
      List<Member> members = walk(tar);
      assertThat(members).extracting(Member::name).containsExactly("a.jpg", LONG, "ä.jpg", "b");
      assertThat(members)
          .extracting(member -> contents(tar, member))
          .containsExactly("first", "second", "", "x");
    }
  }

  @Test
  void shouldFindNamesThatUstarCutsInTwo() {
    // Cut at a slash, prefix and name are at most 155 and 100 bytes.
    TarArchiveEntry entry = new TarArchiveEntry("x");
    entry.setSize(0);
    byte[] tar = Tars.gnu().with(entry, new byte[0]).bytes();
    byte[] prefix = "p".repeat(155).getBytes(StandardCharsets.UTF_8);
    System.arraycopy(prefix, 0, tar, 345, prefix.length);
    System.arraycopy("ustar\00000".getBytes(StandardCharsets.UTF_8), 0, tar, 257, 8);
    seal(tar, 0);
    assertThat(walk(tar)).extracting(Member::name).containsExactly("p".repeat(155) + "/x");
  }

  /** Writes the right checksum into a header. */
  private static void seal(byte[] tar, int header) {
    Arrays.fill(tar, header + 148, header + 156, (byte) ' ');
    int sum = 0;
    for (int i = header; i < header + 512; i++) {
      sum += tar[i] & 0xff;
    }
    byte[] digits = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.UTF_8);
    System.arraycopy(digits, 0, tar, header + 148, 8);
  }

  @Test
  void shouldPassOverWhatIsNoFile() {
    TarArchiveEntry link = new TarArchiveEntry("link.jpg", TarConstants.LF_SYMLINK);
    link.setLinkName("l/".repeat(100));
    byte[] tar =
        Tars.gnu()
            .with(new TarArchiveEntry("folder/"), new byte[0])
            .with(link, new byte[0])
            .with("a.jpg", "a")
            .bytes();
    assertThat(walk(tar)).extracting(Member::name).containsExactly("a.jpg");
  }

  @Test
  void shouldTakeSizesAndNamesFromPaxRecords() {
    byte[] tar =
        Tars.gnu()
            .with("global", "15 comment=any\n")
            .with("local", "10 size=7\n16 path=p/q.jpg\n")
            .with("short", "1234567")
            .with("next", "12")
            .bytes();
    tar[156] = TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER;
    seal(tar, 0);
    tar[2 * 512 + 156] = TarConstants.LF_PAX_EXTENDED_HEADER_LC;
    seal(tar, 2 * 512);
    // The size in the header itself is nothing to go by.
    int header = 4 * 512;
    Arrays.fill(tar, header + 124, header + 135, (byte) '0');
    seal(tar, header);
    List<Member> members = walk(tar);
    assertThat(members).extracting(Member::name).containsExactly("p/q.jpg", "next");
    assertThat(members).extracting(Member::bytes).containsExactly(7L, 2L);
  }

  @Test
  void shouldReadLabelsAndNothingElse() {
    byte[] tar = Tars.gnu().with("a.cls", "7\n").with("a.jpg", "x").bytes();
    assertThat(walk(tar))
        .extracting(Member::text)
        .containsExactly(Optional.of("7"), Optional.empty());
  }

  @Property(tries = 100)
  void shouldAgreeWithAnotherReaderThroughAnyWindow(
      @ForAll @IntRange(min = 1, max = 4000) int window,
      @ForAll @IntRange(min = 0, max = 20) int members,
      @ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    Tars tars = random.nextBoolean() ? Tars.gnu() : Tars.pax();
    for (int i = 0; i < members; i++) {
      byte[] contents = new byte[random.nextInt(3000)];
      random.nextBytes(contents);
      String ending = random.nextInt(4) == 0 ? ".cls" : ".jpg";
      tars.with(i + "n".repeat(random.nextInt(250)) + ending, contents);
    }
    byte[] tar = tars.bytes();
    TarWalk walk = new TarWalk(tar.length);
    List<Member> found = walk(walk, tar, window);
    assertThat(walk.problem()).isEmpty();
    try (TarArchiveInputStream other = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      for (Member member : found) {
        assertThat(member.name()).isEqualTo(other.getNextEntry().getName());
        assertThat(
                Arrays.copyOfRange(
                    tar, (int) member.offset(), (int) (member.offset() + member.bytes())))
            .isEqualTo(other.readAllBytes());
      }
      assertThat(other.getNextEntry()).isNull();
    }
  }

  @Test
  void shouldUseWhatIsWholeOfATarThatIsCutOffAnywhere() {
    byte[] tar =
        Tars.gnu()
            .with("a.jpg", "x".repeat(700))
            .with(LONG, "y".repeat(10))
            .with("c.cls", "1")
            .bytes();
    List<Member> whole = walk(tar);
    for (int length = 0; length < tar.length - 1024; length++) {
      int end = length;
      TarWalk walk = new TarWalk(length);
      List<Member> found = walk(walk, Arrays.copyOf(tar, length), 800);
      assertThat(found)
          .isEqualTo(
              whole.stream().filter(member -> member.offset() + member.bytes() <= end).toList());
      assertThat(walk.problem()).isPresent();
      if (end > 512 && end < 512 + 700) {
        assertThat(walk.problem().get()).contains("cut off within a.jpg");
      }
    }
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static String problem(byte[] tar, int window) {
    TarWalk walk = new TarWalk(tar.length);
    assertThat(walk(walk, tar, window)).extracting(Member::name).containsExactly("a.jpg");
    return walk.problem().orElse("");
  }

  @Test
  void shouldTakeTheUsualPaddingForTheEnd() {
    byte[] tar = Tars.gnu().with("a.jpg", "x").bytes();
    for (int padding : new int[] {0, 1, 512, 10_240 - tar.length, 1 << 20}) {
      for (int window : new int[] {512, 20_000, 2 << 20}) {
        assertThat(problem(joined(tar, new byte[padding]), window)).isEmpty();
      }
    }
  }

  @Test
  void shouldSayWhatIsLeftUnreadBehindAHoleOfZeros() {
    byte[] tar = Tars.gnu().with("a.jpg", "x").with("b.jpg", "y").with("c.jpg", "z").bytes();
    Arrays.fill(tar, 1024, 2048, (byte) 0);
    for (int window : new int[] {512, 1536, 20_000}) {
      assertThat(problem(tar, window))
          .isEqualTo(
              "at byte 1024 of %d zeros mark its end, and %d bytes behind them are not read, after a.jpg"
                  .formatted(tar.length, tar.length - 1536));
    }
    // A block is enough.
    byte[] block = Tars.gnu().with("a.jpg", "x").with("b.jpg", "y").bytes();
    Arrays.fill(block, 1024, 1536, (byte) 0);
    assertThat(problem(block, 512)).contains("zeros mark its end");
  }

  @Test
  void shouldSayWhatIsLeftUnreadOfTarsThatWerePutTogether() {
    byte[] first = Tars.gnu().with("a.jpg", "x").bytes();
    byte[] second = Tars.gnu().with("b.jpg", "y").bytes();
    for (int padding : new int[] {0, 10_240, 5 << 20}) {
      byte[] both = joined(first, new byte[padding], second);
      assertThat(problem(both, 512))
          .contains("%d bytes behind them are not read".formatted(both.length - 1536));
    }
  }

  @Test
  void shouldReadNothingOfAnEndThatIsTooLongToBeOne() {
    byte[] tar = joined(Tars.gnu().with("a.jpg", "x").bytes(), new byte[(1 << 20) + 1]);
    TarWalk walk = new TarWalk(tar.length);
    walk(walk, tar, 512);
    assertThat(walk.wanted()).isEqualTo(512);
    assertThat(walk.problem().get()).contains("bytes behind them are not read");
  }

  @Test
  void shouldSayThatHalfTheEndIsMissing() {
    byte[] tar = Tars.gnu().with("a.jpg", "x").bytes();
    assertThat(problem(Arrays.copyOf(tar, tar.length - 1), 512))
        .isEqualTo("at byte 1024 of 2047 it has half an end marker, after a.jpg");
  }

  @Test
  void shouldStopAtAHeaderWithAWrongChecksum() {
    byte[] tar = Tars.gnu().with("a.jpg", "x").with("b.jpg", "y").with("c.jpg", "z").bytes();
    for (int at : new int[] {0, 100, 124, 148, 160, 300, 500}) {
      byte[] damaged = tar.clone();
      damaged[1024 + at] ^= 1;
      TarWalk walk = new TarWalk(tar.length);
      assertThat(walk(walk, damaged, 512)).extracting(Member::name).containsExactly("a.jpg");
      assertThat(walk.problem().get()).contains("at byte 1024").contains("after a.jpg");
    }
  }

  @Test
  void shouldStopAtADamagedLongName() {
    for (Tars tars : List.of(Tars.gnu(), Tars.pax())) {
      byte[] tar = tars.with(LONG, "x").bytes();
      tar[2] ^= 0x10;
      TarWalk walk = new TarWalk(tar.length);
      assertThat(walk(walk, tar, 512)).isEmpty();
      assertThat(walk.problem().get()).contains("checksum");
    }
  }

  @Property(tries = 300)
  void shouldEndWhateverTheBytesAre(@ForAll long seed, @ForAll @IntRange(max = 6) int sealed) {
    Random random = new Random(seed);
    byte[] tar =
        Tars.pax().with(LONG, "x".repeat(600)).with("b.cls", "1").with("c.jpg", "").bytes();
    for (int i = 0; i < 20; i++) {
      tar[random.nextInt(tar.length)] = (byte) random.nextInt(256);
    }
    for (int header = 0; header < sealed; header++) {
      seal(tar, 512 * header);
    }
    TarWalk walk = new TarWalk(tar.length);
    for (Member member : walk(walk, tar, 512)) {
      assertThat(member.offset() + member.bytes()).isLessThanOrEqualTo(tar.length);
    }
  }
}
