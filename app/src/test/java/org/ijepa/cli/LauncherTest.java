package org.ijepa.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the launcher in a copy of the project's outline, with a Java and a Maven that only say how
 * they were called.
 */
final class LauncherTest {
  private static final List<String> MODULES =
      List.of("pipeline", "trainer", "coordinator", "evaluation", "bench", "app");

  private static final List<String> SET_BY_THE_LAUNCHER =
      List.of("OMP_WAIT_POLICY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LD_PRELOAD");

  @TempDir Path folder;
  private Path root;
  private Path bin;

  private record Outcome(int code, String out, String err) {}

  @BeforeEach
  void outlineOfTheProject() throws IOException {
    root = Files.createDirectories(folder.resolve("a project"));
    bin = Files.createDirectories(folder.resolve("bin"));
    Files.copy(Path.of("..", "ijepa"), root.resolve("ijepa"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    for (String module : MODULES) {
      Path sources = Files.createDirectories(root.resolve(module).resolve("src/main"));
      Files.writeString(sources.resolve("A.java"), "class A {}");
      Files.writeString(root.resolve(module).resolve("pom.xml"), "<project/>");
    }
    script(
        bin.resolve("mvn"),
        "echo \"mvn $*\"; mkdir -p app/target; printf x.jar >app/target/classpath; echo built >>\""
            + folder
            + "/builds\"");
    java("17.0.15");
  }

  private void java(String version) throws IOException {
    Path home = Files.createDirectories(folder.resolve("java/bin")).getParent();
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    script(home.resolve("bin/java"), "for a in \"$@\"; do echo \"<$a>\"; done");
    script(home.resolve("bin/javac"), "");
  }

  private static void script(Path file, String body) throws IOException {
    Files.writeString(file, "#!/usr/bin/env bash\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Outcome launch(Map<String, String> environment, Path launcher, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("IJEPA_"));
    builder.environment().keySet().removeAll(SET_BY_THE_LAUNCHER);
    builder.environment().put("JAVA_HOME", folder.resolve("java").toString());
    builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
    builder.environment().putAll(environment);
    int code = builder.start().waitFor();
    return new Outcome(code, Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }

  private Outcome launch(String... arguments) throws Exception {
    return launch(Map.of(), root.resolve("ijepa"), arguments);
  }

  private int builds() throws IOException {
    Path builds = folder.resolve("builds");
    return Files.exists(builds) ? Files.readAllLines(builds).size() : 0;
  }

  @Test
  void shouldBuildOnFirstUseOnly() throws Exception {
    Outcome first = launch("check");
    assertThat(first.err()).isEqualTo("ijepa: building (first use, about a minute)…\n");
    assertThat(first.out())
        .endsWith("<org.ijepa.cli.Main>\n<check>\n")
        .contains("/app/target/classes:x.jar>");
    assertThat(launch("check").err()).isEmpty();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void shouldTellTheBuildItsCommitWhereThereIsOne() throws Exception {
    Path log = root.resolve("app/target/launcher.log");
    script(bin.resolve("git"), "echo 3f2a91c-dirty; echo \"$*\" >\"" + folder + "/asked\"");
    launch("check");
    assertThat(Files.readString(log)).contains(" -Dijepa.commit= ");
    Files.createDirectories(root.resolve(".git"));
    Files.delete(root.resolve("app/target/launcher.built"));
    launch("check");
    assertThat(Files.readString(log)).contains(" -Dijepa.commit=3f2a91c-dirty ");
    assertThat(folder.resolve("asked")).content().startsWith("-C " + root.toRealPath());
  }

  @Test
  void shouldBuildAgainWhenASourceHasChangedOrGone() throws Exception {
    launch("check");
    Path stamp = root.resolve("app/target/launcher.built");
    Path source = root.resolve("trainer/src/main/A.java");
    later(source, stamp);
    assertThat(launch("check").err()).isEqualTo("ijepa: building (sources have changed)…\n");
    Files.delete(source);
    later(source.getParent(), stamp);
    launch("check");
    assertThat(builds()).isEqualTo(3);
  }

  private static void later(Path file, Path than) throws IOException {
    FileTime time = Files.getLastModifiedTime(than);
    Files.setLastModifiedTime(than, FileTime.fromMillis(time.toMillis() - 10_000));
    Files.setLastModifiedTime(file, FileTime.fromMillis(time.toMillis() - 5_000));
  }

  @Test
  void shouldBuildWithTheOptionsThatAreGivenAndAgainWithOthers() throws Exception {
    Map<String, String> gpu = Map.of("IJEPA_MAVEN", "-Pgpu -Dx=y");
    Path launcher = root.resolve("ijepa");
    launch(gpu, launcher, "check");
    assertThat(launch(gpu, launcher, "check").err()).isEmpty();
    assertThat(builds()).isEqualTo(1);
    assertThat(root.resolve("app/target/launcher.log"))
        .hasContent("mvn -B -q -Dijepa.commit= -Pgpu -Dx=y -pl app -am compile");
    launch("check");
    assertThat(builds()).isEqualTo(2);
    assertThat(root.resolve("app/target/launcher.log"))
        .hasContent("mvn -B -q -Dijepa.commit= -pl app -am compile");
  }

  @Test
  void shouldSayInOneLineWhyABuildFailed() throws Exception {
    script(
        bin.resolve("mvn"), "echo '[INFO] x'; echo '[ERROR] A.java:[1,1] class expected'; exit 1");
    Outcome outcome = launch("check");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .contains("ijepa: the build failed: A.java:[1,1] class expected\n", "launcher.log");
    assertThat(launch("check").code()).isEqualTo(2);
  }

  @Test
  void shouldStartThroughALinkFromAnyFolder() throws Exception {
    Path link =
        Files.createSymbolicLink(folder.resolve("link to ijepa"), Path.of("a project", "ijepa"));
    Path second = Files.createSymbolicLink(bin.resolve("ij"), link);
    Outcome outcome = launch(Map.of(), second, "check", "--set", "data.uri=a b");
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).endsWith("<check>\n<--set>\n<data.uri=a b>\n");
  }

  @Test
  void shouldTellTheEngineOfAnotherPyTorch() throws Exception {
    Files.writeString(
        root.resolve("pom.xml"),
        """
        <pytorch.version>2.7.1</pytorch.version>
        <pytorch.version>2.5.1</pytorch.version>
        """);
    script(
        folder.resolve("java/bin/java"),
        "echo \"$PYTORCH_LIBRARY_PATH $PYTORCH_VERSION $PYTORCH_FLAVOR\"");
    Path torch = Files.createDirectories(folder.resolve("torch/lib"));
    Map<String, String> environment = Map.of("IJEPA_TORCH", torch.toString());
    Outcome empty = launch(environment, root.resolve("ijepa"), "check");
    assertThat(empty.code()).isEqualTo(2);
    assertThat(empty.err()).contains("no libtorch_cpu.so", "PyTorch 2.7.1");
    Files.createFile(torch.resolve("libtorch_cpu.so"));
    assertThat(launch(environment, root.resolve("ijepa"), "check").out())
        .isEqualTo(torch + " 2.7.1 cpu\n");
    Files.createFile(torch.resolve("libtorch_cuda.so"));
    assertThat(launch(environment, root.resolve("ijepa"), "check").out())
        .isEqualTo(torch + " 2.7.1 cu128\n");
  }

  @Test
  void shouldAllocateByTheLibraryThatIsNamed() throws Exception {
    script(
        folder.resolve("java/bin/java"),
        "echo \"<$LD_PRELOAD>\"; for a in \"$@\"; do echo \"$a\"; done | grep ijepa.environment");
    Path launcher = root.resolve("ijepa");
    Path library = folder.resolve("libany.so");
    Outcome absent = launch(Map.of("IJEPA_MALLOC", library.toString()), launcher, "check");
    assertThat(absent.code()).isEqualTo(2);
    assertThat(absent.err()).contains("IJEPA_MALLOC: no file " + library);
    Files.createFile(library);
    assertThat(launch(Map.of("IJEPA_MALLOC", library.toString()), launcher, "check").out())
        .isEqualTo(
            "<"
                + library
                + ">\n-Dijepa.environment=OMP_WAIT_POLICY,ONEDNN_PRIMITIVE_CACHE_CAPACITY,LD_PRELOAD\n");
    assertThat(
            launch(Map.of("IJEPA_MALLOC", "system", "OMP_WAIT_POLICY", "ACTIVE"), launcher, "check")
                .out())
        .isEqualTo("<>\n-Dijepa.environment=ONEDNN_PRIMITIVE_CACHE_CAPACITY\n");
    assertThat(launch(Map.of("LD_PRELOAD", library.toString()), launcher, "check").out())
        .startsWith("<" + library + ">")
        .doesNotContain("LD_PRELOAD");
  }

  @Test
  void shouldGiveEachJavaTheOptionsThatItKnows() throws Exception {
    assertThat(launch("check").out()).doesNotContain("unsafe", "native-access");
    java("21.0.2");
    assertThat(launch("check").out()).doesNotContain("unsafe", "native-access");
    java("25");
    assertThat(launch("check").out())
        .contains(
            "<--sun-misc-unsafe-memory-access=allow>", "<--enable-native-access=ALL-UNNAMED>");
  }

  @Test
  void shouldReadFileNamesAsUtf8WhateverTheLocale() throws Exception {
    script(folder.resolve("java/bin/java"), "echo \"${LC_ALL-none}\"");
    launch("check");
    Map<String, String> german = Map.of("LC_ALL", "", "LC_CTYPE", "", "LANG", "de_DE.UTF-8@euro");
    assertThat(launch(german, root.resolve("ijepa"), "check").out()).isEqualTo("\n");
    for (String locale : List.of("C", "POSIX", "de_DE.ISO-8859-1", "")) {
      Map<String, String> other = Map.of("LC_ALL", locale, "LC_CTYPE", "", "LANG", "");
      assertThat(launch(other, root.resolve("ijepa"), "check").out()).isEqualTo("C.UTF-8\n");
    }
  }

  @Test
  void shouldPassOnTheUsersOptions() throws Exception {
    Outcome outcome =
        launch(Map.of("IJEPA_JAVA_OPTS", "-Xmx3g -Da=b"), root.resolve("ijepa"), "check");
    assertThat(outcome.out()).contains("<-Xmx3g>\n<-Da=b>\n<-cp>");
  }

  @Test
  void shouldChooseTheCollectorUnlessTheUserHas() throws Exception {
    assertThat(launch("check").out()).contains("<-XX:+UseG1GC>\n<-XX:MaxGCPauseMillis=100>\n");
    for (String variable : List.of("IJEPA_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
      Map<String, String> chosen = Map.of(variable, "-Xmx3g -XX:+UseZGC -Da=b");
      assertThat(launch(chosen, root.resolve("ijepa"), "check").out()).doesNotContain("G1GC");
    }
    // Is no collector.
    Map<String, String> other = Map.of("IJEPA_JAVA_OPTS", "-XX:+UseStringDeduplication");
    assertThat(launch(other, root.resolve("ijepa"), "check").out()).contains("<-XX:+UseG1GC>");
  }

  @Test
  void shouldPassOnTheExitCode() throws Exception {
    launch("check");
    script(folder.resolve("java/bin/java"), "exit 5");
    assertThat(launch("check").code()).isEqualTo(5);
  }

  @Test
  void shouldRefuseAnOldJava() throws Exception {
    java("1.8.0_292");
    Outcome outcome =
        launch(
            Map.of("PATH", folder.resolve("java/bin") + ":" + System.getenv("PATH")),
            root.resolve("ijepa"),
            "check");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err())
        .startsWith("ijepa: Java 17 or newer is needed, found only Java 8 in ")
        .contains("JAVA_HOME");
    assertThat(builds()).isZero();
  }

  @Test
  void shouldSayThatBuildingNeedsACompiler() throws Exception {
    Files.delete(folder.resolve("java/bin/javac"));
    assertThat(launch("check").err()).contains("building needs a JDK");
  }

  @Test
  void shouldRunTheTestsInTheProjectsFolder() throws Exception {
    script(bin.resolve("mvn"), "echo \"$PWD: mvn $*\"; exit 1");
    Outcome outcome = launch("test", "-pl", "app");
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.out()).isEqualTo(root.toRealPath() + ": mvn -B verify -pl app\n");
  }

  @Test
  void shouldLeaveTheHelpOfTheTestsToTheProgram() throws Exception {
    assertThat(launch("test", "--help").out()).endsWith("<test>\n<--help>\n");
    assertThat(launch("help", "test").out()).endsWith("<help>\n<test>\n");
  }
}
