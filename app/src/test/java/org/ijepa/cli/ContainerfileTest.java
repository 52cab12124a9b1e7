package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the container file says, against the launcher, the build and the manifests. */
final class ContainerfileTest {
  private static final Path ROOT = Path.of("..");

  private static String file() throws IOException {
    return Files.readString(ROOT.resolve("deploy/Containerfile")).replace("\\\n", " ");
  }

  /** The words after an instruction, of the last stage if there are several. */
  private static String last(String instruction) throws IOException {
    List<String> all = file().lines().filter(line -> line.startsWith(instruction + " ")).toList();
    assertThat(all).as(instruction).isNotEmpty();
    return all.get(all.size() - 1).substring(instruction.length()).strip();
  }

  private static String find(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group(1);
  }

  @Test
  void shouldBuildAsTheLauncherDoes() throws IOException {
    String launcher = Files.readString(ROOT.resolve("ijepa"));
    assertThat(file()).contains(find(launcher, "(-pl app -am compile)"));
    for (String name : List.of("stamp", "classpath")) {
      assertThat(file()).contains(find(launcher, "\n" + name + "=\\$root/(\\S+)\n"));
    }
    // Built last, so that the launcher finds nothing newer.
    assertThat(file().lastIndexOf("launcher.built")).isGreaterThan(file().indexOf("COPY --from="));
  }

  @Test
  void shouldBuildAnEngineForGpusWhereItIsAskedTo() throws IOException {
    String argument = find(file(), "--build-arg (IJEPA_MAVEN=-Pgpu) ");
    assertThat(Files.readString(ROOT.resolve("docs/deploy.md"))).contains(argument);
    assertThat(Files.readString(ROOT.resolve("pom.xml"))).contains("<id>gpu</id>");
    // Declared for all, and again in either stage.
    assertThat(file().lines().filter(line -> line.matches("ARG IJEPA_MAVEN=?"))).hasSize(3);
    // The launcher builds anew unless it finds what it was built with.
    assertThat(Files.readString(ROOT.resolve("ijepa")))
        .contains("[ \"$(<\"$stamp\")\" = \"${IJEPA_MAVEN:-}\" ]");
    assertThat(file())
        .contains("mvn -B -q -Dmaven.repo.local=/opt/ijepa/.m2 $IJEPA_MAVEN ")
        .contains("printf '%s' \"$IJEPA_MAVEN\" >app/target/launcher.built")
        .contains("ENV IJEPA_MAVEN=$IJEPA_MAVEN");
  }

  @Test
  void shouldHaveAJavaThatRunsTheClasses() throws IOException {
    int needed =
        Integer.parseInt(
            find(
                Files.readString(ROOT.resolve("pom.xml")),
                "<maven.compiler.release>(\\d+)</maven.compiler.release>"));
    assertThat(Integer.parseInt(find(file(), "openjdk-(\\d+)-jre-headless")))
        .isGreaterThanOrEqualTo(needed);
    assertThat(Integer.parseInt(find(file(), "maven:\\S*-temurin-(\\d+)")))
        .isGreaterThanOrEqualTo(needed);
  }

  @Test
  void shouldRunAsTheUserOfTheManifestsWhoMayWriteTheRuns() throws IOException {
    PodSpec pod = ManifestsTest.set().getSpec().getTemplate().getSpec();
    String user = String.valueOf(pod.getSecurityContext().getRunAsUser());
    assertThat(last("USER")).isEqualTo(user);
    assertThat(file()).contains("useradd --uid " + user + " --create-home ijepa");
    String runs = last("VOLUME");
    assertThat(file()).contains("mkdir -p " + runs + " && chown ijepa " + runs);
    assertThat(ManifestsTest.container().getVolumeMounts())
        .anyMatch(mount -> mount.getMountPath().equals(runs));
    assertThat(last("ENV")).isEqualTo("DJL_CACHE_DIR=/home/ijepa/.djl");
  }

  @Test
  void shouldHoldWhatTheManifestsStart() throws IOException {
    String home = "/opt/ijepa/";
    assertThat(last("COPY")).isEqualTo("--from=build /opt/ijepa /opt/ijepa");
    assertThat(last("ENTRYPOINT")).isEqualTo("[\"" + home + "ijepa\"]");
    for (String program :
        List.of(
            ManifestsTest.container().getCommand().get(0),
            ManifestsTest.container().getArgs().get(0))) {
      assertThat(program).startsWith(home);
      assertThat(ROOT.resolve(program.substring(home.length()))).isExecutable();
    }
  }

  @Test
  void shouldLeaveOutWhatWouldBeTakenForBuiltAlready() throws IOException {
    assertThat(Files.readAllLines(ROOT.resolve(".dockerignore"))).contains("**/target", ".git");
  }
}
