package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What every command says of missing and wrong arguments, of files that are not there, are folders,
 * or cannot be read: one line with what is the matter and, after a semicolon, what to do.
 */
final class CommandErrorsTest {
  /** Opens, and then cannot be read, for the superuser neither. */
  private static final String UNREADABLE = "/proc/self/mem";

  private static final String RECORDED =
      "../evaluation/src/test/resources/interchange/tiny.pth.tar";

  private static final String SMALL =
      " --set data.cache.dir= --set data.image-size=32 --set model.patch-size=4"
          + " --set model.encoder=16/2/2 --set model.predictor.width=8 --set model.predictor.depth=1"
          + " --set mask.min-keep=4 --set optimization.global-batch=4 --set optimization.steps=1"
          + " --set optimization.precision=fp32 --set cluster.threads=1";

  /** A server that is not there. */
  private static final String DEAD =
      " --set data.s3.endpoint=http://127.0.0.1:1 --set pipeline.retry.give-up-after=1s";

  @TempDir static Path shared;

  @BeforeAll
  static void haveCredentials() {
    System.setProperty("aws.accessKeyId", "reader");
    System.setProperty("aws.secretAccessKey", "nobody's");
  }

  @AfterAll
  static void haveNone() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  @BeforeAll
  static void prepare() throws IOException {
    Files.createDirectories(shared.resolve("empty"));
    Files.createDirectories(shared.resolve("folder.csv"));
    Files.writeString(shared.resolve("file.txt"), "nothing that any command reads\n");
    String images = shared.resolve("images").toString();
    assertThat(run("dataset", "scenes", "--count", "4", "--size", "32", "--out", images).code())
        .isZero();
    String model = shared.resolve("model").toString();
    assertThat(run("import", RECORDED, "--heads", "2", "--out", model).code()).isZero();
    Files.createDirectories(shared.resolve("broken"));
    for (String name : List.of("a.png", "b.png")) {
      Files.writeString(shared.resolve("broken").resolve(name), "no image");
    }
    for (String name : List.of("ledger", "metrics", "pipeline", "events")) {
      Path odd = Files.createDirectories(shared.resolve("odd"));
      Files.writeString(odd.resolve(name + ".jsonl"), "no line of a run\n");
      Path folders = Files.createDirectories(shared.resolve("folders"));
      Files.createDirectories(folders.resolve(name + ".jsonl"));
    }
    Files.createDirectories(shared.resolve("folders/resolved.conf"));
  }

  /** All commands that do something by themselves. */
  static Stream<CommandSpec> commands() {
    List<CommandSpec> commands = new ArrayList<>();
    collect(Main.commandLine(new Main()), commands);
    return commands.stream();
  }

  private static void collect(CommandLine command, List<CommandSpec> into) {
    boolean isGroup =
        !command.getSubcommands().isEmpty() && !command.getCommandName().equals("cluster");
    if (!isGroup && !command.getCommandName().equals("help")) {
      into.add(command.getCommandSpec());
    }
    command.getSubcommands().values().forEach(sub -> collect(sub, into));
  }

  /** Lists of commands show the first line of a description. */
  @ParameterizedTest
  @MethodSource("commands")
  void shouldSayInItsFirstLineWhatItDoes(CommandSpec command) {
    String[] lines = command.usageMessage().description();
    assertThat(lines[0]).endsWith(".").hasSizeLessThan(101 - command.name().length());
  }

  private static List<String> words(CommandSpec command, String... more) {
    List<String> words = new ArrayList<>(List.of(command.qualifiedName().split(" ")));
    words.addAll(List.of(more));
    return words.subList(1, words.size());
  }

  /** A value that is parsed. */
  private static String some(ArgSpec argument) {
    Object[] constants = argument.auxiliaryTypes()[0].getEnumConstants();
    return constants == null ? "1" : constants[0].toString();
  }

  private static String failing(int code, List<String> words) {
    Outcome outcome = run(words.toArray(String[]::new));
    // What was left out, and why, comes before it.
    String line =
        outcome
            .err()
            .lines()
            .filter(each -> !each.matches("(left out|warning|no pictures): .*"))
            .collect(Collectors.joining("\n"));
    String what = String.join(" ", words) + "\n" + outcome.out() + outcome.err();
    assertThat(outcome.code()).as(what).isEqualTo(code);
    assertThat(line).as(what).startsWith("ijepa: ").contains("; ").hasLineCount(1);
    assertThat(line.substring(line.lastIndexOf("; ") + 2)).as(what).isNotBlank();
    assertThat(line).as(what).doesNotContain("Exception", ": null", "internal error", "java.");
    return line;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void shouldSayWhichOptionItDoesNotKnow(CommandSpec command) {
    List<String> words = new ArrayList<>(words(command));
    for (OptionSpec option : command.options()) {
      if (option.required()) {
        words.addAll(List.of(option.longestName(), some(option)));
      }
    }
    command.positionalParameters().forEach(parameter -> words.add(some(parameter)));
    words.add("--nonsense");
    assertThat(failing(2, words)).startsWith("ijepa: unknown option --nonsense; ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void shouldSayWhatIsMissing(CommandSpec command) {
    boolean wants =
        command.options().stream().anyMatch(OptionSpec::required)
            || !command.positionalParameters().isEmpty();
    if (wants) {
      assertThat(failing(2, words(command)))
          .containsPattern("missing required (option|parameter)")
          .endsWith("; see " + command.qualifiedName() + " --help");
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void shouldSayWhichOptionHasNoValueOrNoNumber(CommandSpec command) {
    for (OptionSpec option : command.options()) {
      if (option.arity().min() == 0) {
        continue;
      }
      String name = option.longestName();
      assertThat(failing(2, words(command, name)))
          .contains("missing required parameter for option '")
          .contains(name)
          .endsWith("; see " + command.qualifiedName() + " --help");
      Class<?> type = option.auxiliaryTypes()[0];
      if (Number.class.isAssignableFrom(type) || type == int.class || type == long.class) {
        assertThat(failing(2, words(command, name, "many")))
            .startsWith("ijepa: invalid value for option '" + name + "'")
            .endsWith("; see " + command.qualifiedName() + " --help");
      }
    }
  }

  /** Words with the places that capitals stand for: EMPTY is a folder, NONE is not there. */
  private static List<String> line(String words) {
    return Arrays.stream(words.strip().split(" +"))
        .map(word -> word.replace("FOLDERS", at("folders")))
        .map(word -> word.replace("FOLDER.csv", at("folder.csv")))
        .map(word -> word.replace("EMPTY", at("empty")))
        .map(word -> word.replace("FILE", at("file.txt")))
        .map(word -> word.replace("NONE", at("none")))
        .map(word -> word.replace("NEW", at("new")))
        .map(word -> word.replace("IMAGES", at("images")))
        .map(word -> word.replace("BROKEN", at("broken")))
        .map(word -> word.replace("ODD", at("odd")))
        .map(word -> word.replace("MODEL", at("model")))
        .map(word -> word.replace("TINY", RECORDED))
        .map(word -> word.replace("LOCKED", UNREADABLE))
        .toList();
  }

  private static String at(String name) {
    return shared.resolve(name).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pretrain --out NEW | 2 | data.uri is not set; say where",
        "pretrain --config NONE | 2 | no configuration file none that can be read; see conf/",
        "pretrain --config EMPTY | 2 | no configuration file empty that can be read; see conf/",
        "pretrain --config FILE | 2 | cannot read",
        "pretrain --config LOCKED | 2 | cannot read /proc/self/mem",
        "pretrain SMALL --set data.uri=NONE --out NEW | 2 | none: no such folder; create it or correct the URI",
        "pretrain SMALL --set data.uri=FILE --out NEW | 2 | file.txt: a file, not a folder; correct",
        "pretrain SMALL --set data.uri=IMAGES --set checkpoint.uri=FILE --out NEW4 | 2 | checkpoints cannot be written to file.txt: file.txt: a file, not a folder",
        "pretrain SMALL --set data.uri=IMAGES --set cluster.secret-file=EMPTY --out NEW5 | 2 | empty holds no text; write",
        "pretrain SMALL --set data.uri=IMAGES --join nobody --out NEW6 | 2 | cluster.seed-nodes",
        "pretrain --extend FOLDERS | 2 | --extend: folders holds no resolved.conf that can be read; give",
        "pretrain SMALL --set data.uri=EMPTY --out NEW | 2 | empty: nothing there; check the address",
        "pretrain SMALL --set data.uri=IMAGES --out FILE | 2 | the folder file.txt cannot be created (file.txt is a file); name",
        "pretrain SMALL --set data.uri=IMAGES --set optimization.global-batch=8 --out NEW | 2 | or data.tail to carry; or give more images in data.uri",
        "pretrain SMALL --set data.uri=IMAGES --set model.init.checkpoint=NONE --out NEW | 2 | model.init.checkpoint: no complete checkpoint in none; give",
        "pretrain SMALL --set data.uri=IMAGES --set model.init.extend=MODEL --out NEW1 | 2 | cannot be extended: it is an import and no run; to begin",
        "pretrain SMALL --set data.uri=IMAGES --set model.init.extend=NONE --out NEW2 | 2 | cannot be extended: there is no complete checkpoint; give",
        "pretrain SMALL --set data.uri=IMAGES --set evaluation.data=NONE --out NEW3 | 2 | evaluation.data: none: no such folder",
        "pretrain SMALL --set data.uri=IMAGES --set logging.http=x --out NEW | 2 | logging.http = x",
        "pretrain --extend NONE | 2 | --extend: none holds no resolved.conf that can be read; give",
        "pretrain --extend FILE | 2 | --extend: file.txt holds no resolved.conf that can be read; give",
        "check --config NONE | 2 | no configuration file none that can be read; see conf/",
        "check --config FILE | 2 | cannot read",
        "check --config LOCKED | 2 | cannot read /proc/self/mem",
        "help nope | 2 | unknown subcommand 'nope'; see ijepa --help",
        "check --set data.uri=s3:/bucket | 2 | data.uri = s3:/bucket (--set); it must have two slashes, as in s3://bucket/prefix",
        "embed --checkpoint s3:/bucket --data IMAGES --out NEW.npy | 2 | s3:/bucket: an address in S3 has two slashes; write s3://bucket",
        "check --machine FILE | 2 | --machine says how often machines fail, which only --probe asks; see",
        "plan --config LOCKED | 2 | cannot read /proc/self/mem",
        "plan --runs 1 --nodes 1,2 --set optimization.steps=10 --chart /proc/none/c.png | 2 | none/c.png cannot be written; name another",
        "plan --config EMPTY | 2 | no configuration file empty that can be read; see conf/",
        "plan --machine EMPTY | 2 | no configuration file empty that can be read; see conf/",
        "plan --images 0 | 2 | --images must be at least 1; see ijepa plan --help",
        "parity --case EMPTY | 2 | empty: no recorded case here; give",
        "parity --case FILE | 2 | file.txt: no recorded case here; give",
        "parity --case EMPTY --trainers 0 | 2 | at least one trainer",
        "parity --case ../trainer/src/test/resources/golden/plain --micro-batch 5 | 2 | a --micro-batch that divides its groups",
        "eval | 2 | a probe is missing; see ijepa eval --help",
        "eval linear --checkpoint NONE --data IMAGES --test IMAGES | 2 | no complete checkpoint in none; give",
        "eval linear --checkpoint EMPTY --data IMAGES --test IMAGES | 2 | no complete checkpoint in empty; give",
        "eval linear --checkpoint MODEL/step-000000009-g1 --data IMAGES --test IMAGES | 2 | no complete checkpoint step-000000009-g1 in model; give",
        "eval linear --checkpoint MODEL/best --data IMAGES --test IMAGES | 2 | no checkpoint with a probe's score in model; give",
        "eval linear --checkpoint MODEL --data NONE --test IMAGES | 2 | none: no such folder",
        "eval linear --checkpoint MODEL --data IMAGES --test EMPTY | 2 | empty: nothing there",
        "eval linear --checkpoint MODEL --data IMAGES --test IMAGES --labels NONE | 2 | no table of labels at none; correct",
        "eval linear --checkpoint MODEL --data IMAGES --test IMAGES --labels EMPTY | 2 | empty: Is a directory; correct",
        "eval linear --checkpoint MODEL --data IMAGES --test IMAGES --labels LOCKED | 2 | has no header path,NAME; give",
        "eval linear --checkpoint MODEL --data BROKEN --test IMAGES | 2 | have no label, the first is a.png; give",
        "eval linear --checkpoint MODEL --data IMAGES --test IMAGES --shift -1 | 2 | --shift -1; give 0 or more",
        "eval knn --checkpoint NONE --data IMAGES --test IMAGES | 2 | no complete checkpoint in none; give",
        "eval attentive --checkpoint NONE --data IMAGES --test IMAGES | 2 | no complete checkpoint in none; give",
        "eval lowshot --checkpoint NONE --data IMAGES --test IMAGES | 2 | no complete checkpoint in none; give",
        "eval ridge --checkpoint NONE --data IMAGES --test IMAGES --label objects | 2 | no complete checkpoint in none; give",
        "eval count --checkpoint NONE --data IMAGES --test IMAGES | 2 | no complete checkpoint in none; give",
        "eval depth --checkpoint NONE --data IMAGES --test IMAGES | 2 | no complete checkpoint in none; give",
        "eval collapse --checkpoint NONE --data IMAGES | 2 | no complete checkpoint in none; give",
        "eval collapse --checkpoint MODEL --data NONE | 2 | none: no such folder",
        "export --checkpoint NONE --format hf --out NEW | 2 | no complete checkpoint in none; give",
        "export --checkpoint MODEL --format x --out NEW | 2 | see ijepa export --help",
        "export --checkpoint MODEL --format hf --out FILE | 2 | file.txt",
        "export --checkpoint MODEL --format torch --out EMPTY | 2 | empty is a folder; name a file",
        "export --checkpoint MODEL --format safetensors --out EMPTY | 2 | empty is a folder; name a file",
        "import NONE --out NEW | 2 | no such file: none; name a .pth.tar",
        "import EMPTY --out NEW | 2 | empty is a folder; name a .pth.tar",
        "import FILE --out NEW | 2 | file.txt is no PyTorch file; give a .pth.tar",
        "import TINY --out NEW | 2 | none of the published, and tells no number of attention heads; give --heads",
        "import LOCKED --out NEW | 2 | /proc/self/mem cannot be read: Input/output error; see",
        "import TINY --heads 3 --out NEW | 2 | that its 3 heads divide; nearest that fit",
        "import TINY --heads 2 --out MODEL | 2 | model holds checkpoints already; give another --out",
        "embed --checkpoint NONE --data IMAGES --out NEW.npy | 2 | no complete checkpoint in none; give",
        "embed --checkpoint MODEL --data NONE --out NEW.npy | 2 | none: no such folder",
        "embed --checkpoint MODEL --data IMAGES --out NEW | 2 | new has no form; end it in",
        "embed --checkpoint MODEL --data IMAGES --out / | 2 | / has no form; end it in",
        "embed --checkpoint MODEL --data IMAGES --out FOLDER.csv | 2 | folder.csv is a folder; name a file",
        "embed --checkpoint MODEL --data IMAGES --layers 9 --out NEW.npy | 2 | --layers 9 of an encoder with 2 blocks; give a number from 1 to 2",
        "pictures --checkpoint NONE --data IMAGES --out NEW | 2 | no complete checkpoint in none; give",
        "pictures --checkpoint MODEL --data BROKEN --out NEW | 3 | none of the images to show can be read; each is named above",
        "pictures --checkpoint MODEL --data IMAGES --patch 99,0 --out NEW | 2 | --patch is not on the grid; give",
        "pictures --checkpoint MODEL --data IMAGES --images 0 --out NEW | 2 | --images 0 --among 2000: both must be at least 1; leave",
        "masks --out NEW.gif | 2 | would hold a PNG picture; end",
        "masks --out EMPTY | 2 | would hold a PNG picture; end",
        "masks --data NONE --out NEW.png | 2 | none: no such folder",
        "masks --data FILE --out NEW.png | 2 | file.txt: a file, not a folder; correct",
        "masks --data BROKEN --out NEW.png | 3 | none of the images to show can be read; each is named above",
        "masks --config NONE --out NEW.png | 2 | no configuration file none",
        "dataset | 2 | a kind of data set is missing; see",
        "dataset scenes --out IMAGES | 2 | is not empty; name a new folder",
        "dataset scenes --out FILE | 2 | file.txt is a file; name a folder",
        "dataset scenes --count 0 --out NEW | 2 | ; choose",
        "dataset scenes --size 0 --out NEW | 2 | ; choose",
        "dataset idx --images FILE --labels NONE --out NEW | 2 | there is no file none; name",
        "dataset idx --images FILE --labels EMPTY --out NEW | 2 | there is no file empty; name",
        "dataset idx --images FILE --labels LOCKED --out NEW | 2 | /proc/self/mem",
        "dataset idx --images FILE --labels FILE --out NEW | 3 | file.txt begins with",
        "dataset cifar --images NONE --out NEW | 2 | there is no file none; name",
        "dataset cifar --images EMPTY --out NEW | 2 | there is no file empty; name",
        "dataset cifar --images LOCKED --out NEW | 3 | no whole number of records",
        "dataset cifar --images FILE --out NEW | 3 | no whole number of records",
        "dataset folder --data NONE --out NEW | 2 | none: no such folder",
        "dataset folder --data EMPTY --out NEW | 2 | empty: nothing there",
        "dataset folder --data IMAGES --out IMAGES | 2 | is not empty; name a new folder",
        "dataset folder --data IMAGES --shard-size 0 --out NEW | 2 | --shard-size must be at least 1; see",
        "ledger | 2 | verify is missing; see ijepa ledger --help",
        "ledger verify --run NONE | 2 | none holds no ledger.jsonl that can be read; give",
        "ledger verify --run FILE | 2 | file.txt holds no ledger.jsonl that can be read; give",
        "ledger verify --run FOLDERS | 2 | folders holds no ledger.jsonl that can be read; give",
        "ledger verify --run ODD | 2 | odd/ledger.jsonl line 1:",
        "report --run NONE | 2 | none holds no committed step; give",
        "report --run ODD | 2 | odd holds no committed step; give",
        "report --run FOLDERS | 2 | folders holds no committed step; give",
        "report --run EMPTY --out NEW | 2 | --out is for a comparison",
        "report --run EMPTY --run EMPTY --out NEW.html | 2 | empty holds no committed step; give",
        "doctor --run NONE | 2 | none holds no counts of the input yet; give",
        "doctor --run FILE | 2 | file.txt holds no counts of the input yet; give",
        "doctor --run ODD | 2 | odd holds no counts of the input yet; give",
        "doctor --run FOLDERS | 2 | folders holds no counts of the input yet; give",
        "dashboard --run NONE | 2 | none is not a folder; give that of a run",
        "dashboard --run FILE | 2 | file.txt is not a folder; give that of a run",
        "dashboard --run EMPTY --http x | 2 | --http x is no address; give a port",
        "s3 --dir NONE | 2 | none is not a folder; name",
        "dashboard --run EMPTY --http 99999 | 2 | --http 99999 is no address; give a port",
        "s3 --dir EMPTY --port 99999 | 2 | port out of range:99999); name another port",
        "s3 --dir FILE | 2 | file.txt is not a folder; name",
        "cluster --nodes 0 | 2 | --nodes is 0; it must be 1 - 64; see",
        "cluster --pipeline-nodes -1 | 2 | --pipeline-nodes is -1; it must be 0 - 64; see",
        "cluster --config NONE | 2 | no configuration file none",
        "cluster --config LOCKED | 2 | cannot read /proc/self/mem",
        "cluster --set data.uri=IMAGES --out FILE/below | 2 | the folder file.txt/below cannot be created (not a directory); name",
        "cluster status --join x | 2 | --join = x; it must be",
        "chaos --run NONE | 2 | none has no nodes.json; start",
        "chaos --run FILE | 2 | file.txt has no nodes.json; start",
        "chaos --run EMPTY --every soon | 2 | soon is no time, such as 30s or 5m; see",
        "chaos --run EMPTY --faults x | 2 | x is no fault; there are kill",
        "bench | 2 | see ijepa bench --help",
        "bench step --micro-batch 0 | 2 | must be at least 1; see ijepa bench step --help",
        "bench step --encoder x | 2 | model.encoder = x (--set); it must be",
        "bench ring --ranks 0 | 2 | --ranks is 0; it must be 2 - 64; see",
        "cluster status --join 127.0.0.1:1 | 1 | nothing answers at 127.0.0.1:1: Connection refused; give the host and port of a node that runs",
        "cluster status --join nobody.invalid:2551 | 1 | nothing answers at nobody.invalid:2551: nobody.invalid; give",
        "pretrain SMALL SERVER --set data.uri=s3://b/p --out NEW | 5 | Connection refused; is the server up, and reachable?",
        "pretrain SMALL SERVER --set data.uri=IMAGES --set checkpoint.uri=s3://b/p --out NEW | 5 | Connection refused; is the server up, and reachable?",
        "bench data --data NONE | 2 | no such file or folder: none; name",
        "bench data --data FILE | 2 | file.txt holds no image whose name ends",
        "bench data --data IMAGES --threads 0 | 2 | at least 1; see ijepa bench data --help",
        "bench data --data EMPTY | 2 | empty holds no image whose name ends",
        "quickstart --images 3 | 2 | --images is 3; it must be at least 100",
        "quickstart --out EMPTY | 2 | empty exists already; give",
        "quickstart --out FILE | 2 | file.txt exists already; give",
        "quickstart --set sede=1 --out NEW9 | 2 | unknown key sede (--set); did you mean seed?",
        "test | 2 | only its launcher does; run ./ijepa test in a clone",
        "completion fish | 2 | see ijepa completion --help",
      })
  void shouldSayWhatIsTheMatterAndWhatToDo(String words, int code, String expected) {
    String line = failing(code, line(words.replace("SMALL", SMALL).replace("SERVER", DEAD)));
    assertThat(line.replace(shared + "/", "")).contains(expected);
  }
}
