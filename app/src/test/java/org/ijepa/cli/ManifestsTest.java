package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ijepa.settings.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The manifests in deploy/kubernetes, read as Kubernetes reads them: types, names, references. */
final class ManifestsTest {
  /** To be filled in elsewhere: applied as it is, it would stand in for real credentials. */
  private static final String FORM = "secret.yaml";

  private static final Path FOLDER = Path.of("..", "deploy", "kubernetes");

  /** The model's classes keep what they do not know; here it is an error. */
  private static final ObjectMapper YAML =
      new ObjectMapper(new YAMLFactory())
          .setAnnotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                  return false;
                }
              });

  private interface Requirements {
    void check(JsonObject manifest) throws IOException;
  }

  /** What Kubernetes' own description of its API requires of each kind, all parts included. */
  private static final Map<String, Requirements> REQUIREMENTS =
      Map.of(
          "Namespace", V1Namespace::validateJsonObject,
          "Service", V1Service::validateJsonObject,
          "Secret", V1Secret::validateJsonObject,
          "StatefulSet", V1StatefulSet::validateJsonObject,
          "Deployment", V1Deployment::validateJsonObject,
          "PodDisruptionBudget", V1PodDisruptionBudget::validateJsonObject);

  private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

  /** Fields that take one of a few words, and those words. */
  private static final Map<String, List<String>> WORDS =
      Map.of(
          "apiVersion", List.of("v1", "apps/v1", "policy/v1"),
          "kind", List.copyOf(REQUIREMENTS.keySet()),
          "podManagementPolicy", List.of("OrderedReady", "Parallel"),
          "whenUnsatisfiable", List.of("DoNotSchedule", "ScheduleAnyway"),
          "protocol", List.of("TCP", "UDP", "SCTP"),
          "imagePullPolicy", List.of("Always", "IfNotPresent", "Never"),
          "restartPolicy", List.of("Always", "OnFailure", "Never"),
          "type", List.of("Opaque", "kubernetes.io/tls", "ClusterIP", "RollingUpdate", "OnDelete"),
          "fieldPath",
              List.of("metadata.name", "metadata.namespace", "status.podIP", "status.hostIP"));

  private static <T> T read(String file, Class<T> type) throws IOException {
    return YAML.readValue(FOLDER.resolve(file).toFile(), type);
  }

  static StatefulSet set() throws IOException {
    return read("statefulset.yaml", StatefulSet.class);
  }

  static Container container() throws IOException {
    return set().getSpec().getTemplate().getSpec().getContainers().get(0);
  }

  @Test
  void shouldListEveryManifest() throws IOException {
    Map<?, ?> kustomization =
        YAML.readValue(FOLDER.resolve("kustomization.yaml").toFile(), Map.class);
    List<String> files;
    try (Stream<Path> all = Files.list(FOLDER)) {
      files = all.map(file -> file.getFileName().toString()).sorted().toList();
    }
    assertThat(((List<?>) kustomization.get("resources")).contains(FORM)).isFalse();
    List<String> named = new ArrayList<>(List.of("kustomization.yaml", "run.conf"));
    named.addAll(manifests());
    assertThat(files).containsExactlyInAnyOrderElementsOf(named);
    assertThat(read("namespace.yaml", Namespace.class).getMetadata().getName())
        .isEqualTo(kustomization.get("namespace"));
  }

  @Test
  void shouldRefuseAFieldThatKubernetesDoesNotHave() throws IOException {
    String wrong =
        Files.readString(FOLDER.resolve("statefulset.yaml"))
            .replace("terminationGracePeriodSeconds", "terminationGraceSeconds");
    assertThatThrownBy(() -> YAML.readValue(wrong, StatefulSet.class))
        .isInstanceOf(UnrecognizedPropertyException.class);
  }

  static List<String> manifests() throws IOException {
    Map<?, ?> kustomization =
        YAML.readValue(FOLDER.resolve("kustomization.yaml").toFile(), Map.class);
    Stream<String> applied =
        ((List<?>) kustomization.get("resources")).stream().map(String.class::cast);
    return Stream.concat(applied, Stream.of(FORM)).toList();
  }

  private static JsonNode tree(String file) throws IOException {
    return YAML.readTree(FOLDER.resolve(file).toFile());
  }

  private static void checkRequired(String kind, JsonNode manifest) throws IOException {
    REQUIREMENTS.get(kind).check(JsonParser.parseString(manifest.toString()).getAsJsonObject());
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void shouldHaveEveryFieldThatKubernetesRequires(String file) throws IOException {
    JsonNode manifest = tree(file);
    checkRequired(manifest.path("kind").asText(), manifest);
  }

  /** All objects of a tree with their paths. */
  private static void objects(String path, JsonNode node, Map<String, ObjectNode> into) {
    if (node.isObject()) {
      into.put(path, (ObjectNode) node);
    }
    for (Iterator<Map.Entry<String, JsonNode>> fields = node.fields(); fields.hasNext(); ) {
      Map.Entry<String, JsonNode> field = fields.next();
      objects(path + "." + field.getKey(), field.getValue(), into);
    }
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      objects(path + "[" + i + "]", node.get(i), into);
    }
  }

  @Test
  void shouldMissEachRequiredFieldWhereverItStands() throws IOException {
    JsonNode manifest = tree("statefulset.yaml");
    Map<String, ObjectNode> objects = new TreeMap<>();
    objects("", manifest, objects);
    List<String> required = new ArrayList<>();
    for (Map.Entry<String, ObjectNode> object : objects.entrySet()) {
      for (String field : List.copyOf(names(object.getValue()))) {
        JsonNode value = object.getValue().remove(field);
        try {
          checkRequired("StatefulSet", manifest);
        } catch (IllegalArgumentException e) {
          assertThat(e).hasMessageContaining("required field `" + field + "`");
          required.add(object.getKey() + "." + field);
        }
        object.getValue().set(field, value);
      }
    }
    String pod = ".spec.template.spec";
    String container = pod + ".containers[0]";
    assertThat(required)
        .contains(
            ".spec.selector",
            ".spec.serviceName",
            ".spec.template",
            pod + ".containers",
            pod + ".topologySpreadConstraints[0].maxSkew",
            pod + ".topologySpreadConstraints[0].topologyKey",
            pod + ".topologySpreadConstraints[0].whenUnsatisfiable",
            pod + ".volumes[0].name",
            container + ".name",
            container + ".env[0].name",
            container + ".env[0].valueFrom.fieldRef.fieldPath",
            container + ".ports[0].containerPort",
            container + ".startupProbe.httpGet.port",
            container + ".volumeMounts[0].mountPath",
            container + ".volumeMounts[0].name");
  }

  private static List<String> names(ObjectNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** What the API server checks beyond its description: names, labels, words and numbers. */
  @ParameterizedTest
  @MethodSource("manifests")
  void shouldNameThingsAsKubernetesAllows(String file) throws IOException {
    JsonNode manifest = tree(file);
    Map<String, ObjectNode> objects = new TreeMap<>();
    objects("", manifest, objects);
    objects.forEach(
        (path, node) -> {
          for (String field : names(node)) {
            JsonNode value = node.get(field);
            String where = file + path + "." + field;
            if (WORDS.containsKey(field) && value.isTextual()) {
              assertThat(WORDS.get(field)).as(where).contains(value.asText());
            } else if (field.equals("name") && path.endsWith("]") && path.contains(".env[")) {
              assertThat(value.asText()).as(where).matches("[A-Za-z_][A-Za-z0-9_]*");
            } else if (field.equals("name") && path.contains(".ports[")) {
              assertThat(value.asText()).as(where).matches(LABEL).hasSizeLessThanOrEqualTo(15);
            } else if (field.equals("name") || field.equals("secretName")) {
              assertThat(value.asText()).as(where).matches(LABEL).hasSizeLessThanOrEqualTo(63);
            } else if (field.equals("containerPort") || field.equals("port")) {
              assertThat(value.isTextual() || (value.asInt() >= 1 && value.asInt() <= 65535))
                  .as(where)
                  .isTrue();
            } else if (field.equals("cpu") || field.equals("memory") || field.equals("storage")) {
              assertThat(value.asText()).as(where).matches("[0-9.]+(m|[kMGT]|[KMGT]i)?");
            } else if (path.endsWith("abels")) {
              assertThat(field).as(where).matches("[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?");
              assertThat(value.asText())
                  .as(where)
                  .matches("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
            }
          }
        });
  }

  @Test
  void shouldSayTheVersionUnderWhichEachKindIsServed() throws IOException {
    Map<String, String> versions = new TreeMap<>();
    for (String file : manifests()) {
      JsonNode manifest = tree(file);
      versions.put(manifest.path("kind").asText(), manifest.path("apiVersion").asText());
    }
    assertThat(versions)
        .isEqualTo(
            Map.of(
                "Namespace", "v1",
                "Service", "v1",
                "Secret", "v1",
                "StatefulSet", "apps/v1",
                "Deployment", "apps/v1",
                "PodDisruptionBudget", "policy/v1"));
  }

  @Test
  void shouldGiveEveryNodeANameThatIsThereBeforeItIsReady() throws IOException {
    Service service = read("service.yaml", Service.class);
    assertThat(service.getSpec().getClusterIP()).isEqualTo("None");
    assertThat(service.getSpec().getPublishNotReadyAddresses()).isTrue();
    assertThat(set().getSpec().getServiceName()).isEqualTo(service.getMetadata().getName());
    Map<String, String> labels = set().getSpec().getTemplate().getMetadata().getLabels();
    assertThat(labels).containsAllEntriesOf(service.getSpec().getSelector());
    assertThat(labels).containsAllEntriesOf(set().getSpec().getSelector().getMatchLabels());
    assertThat(labels)
        .containsAllEntriesOf(
            read("disruption.yaml", PodDisruptionBudget.class)
                .getSpec()
                .getSelector()
                .getMatchLabels());
    assertThat(set().getSpec().getPodManagementPolicy()).isEqualTo("Parallel");
  }

  @Test
  void shouldProbePortsThatAreOpen() throws IOException {
    Container container = container();
    List<String> ports = container.getPorts().stream().map(ContainerPort::getName).toList();
    for (Probe probe :
        List.of(
            container.getStartupProbe(),
            container.getReadinessProbe(),
            container.getLivenessProbe())) {
      assertThat(ports).contains(probe.getHttpGet().getPort().getStrVal());
    }
  }

  @Test
  void shouldLeaveTimeToDrain() throws IOException {
    assertThat(set().getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds())
        .isGreaterThanOrEqualTo(120);
  }

  @Test
  void shouldTakeCredentialsFromTheSecret() throws IOException {
    Secret secret = read("secret.yaml", Secret.class);
    assertThat(secret.getStringData()).containsKeys("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    assertThat(container().getEnvFrom().get(0).getSecretRef().getName())
        .isEqualTo(secret.getMetadata().getName());
  }

  @Test
  void shouldMountWhatIsThere() throws IOException {
    PodSpec pod = set().getSpec().getTemplate().getSpec();
    List<String> volumes = new ArrayList<>();
    pod.getVolumes().forEach(volume -> volumes.add(volume.getName()));
    set()
        .getSpec()
        .getVolumeClaimTemplates()
        .forEach(claim -> volumes.add(claim.getMetadata().getName()));
    container().getVolumeMounts().forEach(mount -> assertThat(volumes).contains(mount.getName()));
  }

  /** What a container's arguments come to, with a pod's own values. */
  private static Settings settings(Container container, String pod, String address) {
    assertThat(container.getCommand()).containsExactly("/opt/ijepa/deploy/bin/keep");
    assertThat(container.getArgs().get(0)).isEqualTo("/opt/ijepa/ijepa");
    List<String> arguments = new ArrayList<>();
    List<String> sets = new ArrayList<>();
    for (String argument : container.getArgs().subList(1, container.getArgs().size())) {
      String filled =
          argument
              .replace("$(POD)", pod)
              .replace("$(POD_IP)", address)
              .replace("$(NAMESPACE)", "ijepa");
      assertThat(filled).doesNotContain("$(");
      arguments.add(filled);
      if (filled.startsWith("--set=")) {
        sets.add(filled.substring("--set=".length()));
      }
    }
    Main.commandLine(new Main()).parseArgs(arguments.toArray(String[]::new));
    Settings settings = Settings.load(Optional.of(FOLDER.resolve("run.conf")), sets);
    // A node that only decodes hears no gradients.
    List<Integer> ports =
        Stream.of(
                settings.cluster().port(),
                settings.cluster().ringPort(),
                settings.logging().http().orElseThrow().port())
            .filter(port -> port != 0)
            .toList();
    assertThat(container.getPorts().stream().map(ContainerPort::getContainerPort))
        .containsExactlyElementsOf(ports);
    return settings;
  }

  @Test
  void shouldStartWhatTheProgramTakes() throws IOException {
    Settings settings = settings(container(), "ijepa-0", "10.0.0.1");
    assertThat(settings.cluster().minTrainers()).isEqualTo(set().getSpec().getReplicas());
    // A node that founds the cluster must call itself what the others call it.
    String own = settings.cluster().host() + ":" + settings.cluster().port();
    assertThat(settings.cluster().seedNodes()).hasSizeGreaterThan(1).contains(own);
  }

  @Test
  void shouldLetNodesThatOnlyDecodeFindTheTrainers() throws IOException {
    Deployment decoders = read("decoders.yaml", Deployment.class);
    PodSpec pod = decoders.getSpec().getTemplate().getSpec();
    Container container = pod.getContainers().get(0);
    Settings settings = settings(container, "ijepa-decoder-7d9", "10.0.0.9");
    assertThat(settings.cluster().decodesOnly()).isTrue();
    assertThat(settings.cluster().host()).isEqualTo("10.0.0.9");
    assertThat(settings.cluster().seedNodes())
        .isEqualTo(settings(container(), "ijepa-0", "10.0.0.1").cluster().seedNodes());
    assertThat(container.getEnvFrom()).isEqualTo(container().getEnvFrom());
    assertThat(container.getReadinessProbe()).isEqualTo(container().getReadinessProbe());
    List<String> volumes = pod.getVolumes().stream().map(Volume::getName).toList();
    container.getVolumeMounts().forEach(mount -> assertThat(volumes).contains(mount.getName()));
    Map<String, String> labels = decoders.getSpec().getTemplate().getMetadata().getLabels();
    assertThat(labels)
        .containsAllEntriesOf(decoders.getSpec().getSelector().getMatchLabels())
        .isNotEqualTo(set().getSpec().getTemplate().getMetadata().getLabels());
  }
}
