package org.ijepa.decode;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Decodes files in a process of their own, with this one's Java, libraries and environment, to
 * learn whether they take it down: each whole, and where JPEGs may be decoded at a half or a
 * quarter, so as well.
 */
public final class DecodeTrial {
  /** Signals by which a process ends that has done what it must not. */
  private static final Map<Integer, String> SIGNALS =
      Map.of(4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 11, "SIGSEGV");

  private static final int SIGNALLED = 128;

  /** In what Java writes as it is taken down; of a lack of memory it writes no signal. */
  private static final Pattern SIGNAL = Pattern.compile("^# +(SIG[A-Z]+) \\(", Pattern.MULTILINE);

  private static final Pattern FRAME =
      Pattern.compile("^# Problematic frame:\\R# (.*)$", Pattern.MULTILINE);

  private static final List<String> PASSED_ON =
      List.of("-Djna.", "-Djava.library.path=", "-Duser.home=");

  private final ImageDecoders.Options options;
  private final int side;
  private final long limitSeconds;

  /** What became of the process. */
  public enum End {
    /** It decoded the files, or refused them as it should. */
    SURVIVED,
    /** A signal ended it while it decoded. */
    DIED,
    /** It ended otherwise, which says nothing of the files. */
    UNKNOWN
  }

  /**
   * What came of a trial.
   *
   * @param why of it, for people; empty where it survived
   */
  public record Outcome(End end, String why) {}

  /**
   * A trial like the run's own decoding.
   *
   * @param side that images become, pixels
   * @param limitSeconds after which a process is ended, which then says nothing
   */
  public DecodeTrial(ImageDecoders.Options options, int side, long limitSeconds) {
    this.options = options;
    this.side = side;
    this.limitSeconds = limitSeconds;
  }

  /**
   * Decodes files one after another in one process.
   *
   * @param scratch folder for what it writes
   */
  public Outcome of(List<Path> files, Path scratch) throws IOException, InterruptedException {
    Path said = scratch.resolve("said.log");
    Path error = scratch.resolve("hs_err.log");
    Files.deleteIfExists(error);
    Process process =
        new ProcessBuilder(command(files, error))
            .directory(scratch.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
        return new Outcome(End.UNKNOWN, "no end within " + limitSeconds + " s");
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    return outcome(process.exitValue(), text(said), Files.exists(error) ? text(error) : "");
  }

  private List<String> command(List<Path> files, Path error) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + Runtime.getRuntime().maxMemory(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + error.toAbsolutePath(),
                "-Djava.awt.headless=true"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(given -> PASSED_ON.stream().anyMatch(given::startsWith))
        .forEach(command::add);
    command.addAll(List.of("-cp", classPath(), TriedDecoding.class.getName()));
    command.addAll(
        List.of(
            options.choice().name(),
            Long.toString(options.pixelLimit()),
            Boolean.toString(options.dctScaling()),
            Integer.toString(options.channels()),
            Integer.toString(side)));
    files.forEach(file -> command.add(file.toAbsolutePath().toString()));
    return command;
  }

  /** It works in another folder. */
  private static String classPath() {
    String separator = System.getProperty("path.separator");
    return String.join(
        separator,
        Stream.of(System.getProperty("java.class.path").split(Pattern.quote(separator), -1))
            .map(part -> Path.of(part).toAbsolutePath().toString())
            .toList());
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }

  /**
   * What an end means.
   *
   * @param code of the process
   * @param said by it
   * @param error that Java wrote as it was taken down; empty if none
   */
  static Outcome outcome(int code, String said, String error) {
    if (code == 0) {
      return new Outcome(End.SURVIVED, "");
    }
    boolean decoding = said.lines().anyMatch(TriedDecoding.READY::equals);
    Matcher signal = SIGNAL.matcher(error);
    Optional<String> by =
        signal.find()
            ? Optional.of(signal.group(1))
            : Optional.ofNullable(SIGNALS.get(code - SIGNALLED));
    if (decoding && by.isPresent()) {
      Matcher frame = FRAME.matcher(error);
      String where = frame.find() ? " in " + frame.group(1).strip().replaceAll(" +", " ") : "";
      return new Outcome(End.DIED, by.get() + where);
    }
    String last = said.lines().reduce((earlier, later) -> later).orElse("it said nothing");
    return new Outcome(End.UNKNOWN, "exit code " + code + ": " + last);
  }
}
