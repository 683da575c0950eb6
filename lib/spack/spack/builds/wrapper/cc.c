/* Compiler wrapper: stands before the real compilers and linkers during a build.
 *
 * The same as the script "cc" beside this file, which says what the variables mean and is used where
 * this program cannot be compiled; the tests of both are the same. Memory is never given back: the
 * process becomes the compiler within a millisecond.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#define BLANKS " \t\n"

typedef struct {
    char **items;
    size_t count, room;
} List;

/* Directories and their flags by where they are, in the order of the command line. */
enum { STORE, OTHER, SYSTEM, CLASSES };

enum { CCLD, CC, AS, CPP, LD, VCHECK };
static const char *const mode_names[] = {"ccld", "cc", "as", "cpp", "ld", "vcheck"};

static const char *program;
static int mode = -1;
static int linking;
static List includes[CLASSES], isystems[CLASSES], library_paths[CLASSES], rpaths[CLASSES];
static List rule_starts, rule_ends;
static List kept, sources;
static int isystem_used, relocatable, rpath_follows;
static const char *strip_dtags = "", *random_seed = "";

static void fail(const char *format, ...) {
    va_list arguments;
    fprintf(stderr, "[spack %s]: ", program);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static void *checked(void *memory) {
    if (memory == NULL) {
        fprintf(stderr, "[spack]: no memory\n");
        exit(1);
    }
    return memory;
}

static char *joined(const char *first, const char *second) {
    size_t length = strlen(first), rest = strlen(second);
    char *text = checked(malloc(length + rest + 1));
    memcpy(text, first, length);
    memcpy(text + length, second, rest + 1);
    return text;
}

static char *part(const char *text, size_t length) {
    char *copy = checked(malloc(length + 1));
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

static void add(List *list, const char *item) {
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 32;
        list->items = checked(realloc(list->items, list->room * sizeof *list->items));
    }
    list->items[list->count++] = (char *)item;
}

static void add_all(List *list, const List *more) {
    for (size_t i = 0; i < more->count; i++)
        add(list, more->items[i]);
}

static int has(const List *list, const char *item) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], item) == 0)
            return 1;
    return 0;
}

static void add_words(List *list, const char *text) {
    for (;;) {
        text += strspn(text, BLANKS);
        size_t length = strcspn(text, BLANKS);
        if (length == 0)
            return;
        add(list, part(text, length));
        text += length;
    }
}

/* Fields between separators; what follows the last separator counts only if there is something. */
static List fields(const char *text, char separator) {
    List found = {0};
    while (*text != '\0') {
        const char *end = strchr(text, separator);
        size_t length = end ? (size_t)(end - text) : strlen(text);
        add(&found, part(text, length));
        text += length + (end != NULL);
    }
    return found;
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static const char *tool_variable(const char *tool, const char *suffix) {
    return variable(joined(joined("SPACK_", tool), suffix));
}

static int starts(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

static int ends(const char *text, const char *end) {
    size_t length = strlen(text), rest = strlen(end);
    return length >= rest && strcmp(text + length - rest, end) == 0;
}

static int is_one_of(const char *text, const char *const *words) {
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return 1;
    return 0;
}

/* One alternative of a shell "case". Most are a text, or a text and a star: these are compared. */
typedef struct {
    enum { TEXT, START, PATTERN } kind;
    char *text, *pattern;
    size_t length;
} Alternative;

typedef struct {
    Alternative *items;
    size_t count;
} Alternatives;

/* What is quoted is plain in "text" and escaped in "pattern", which is for fnmatch. */
static Alternatives alternatives(const char *text) {
    Alternatives found = {checked(calloc(strlen(text) + 2, sizeof *found.items)), 0};
    Alternative *now = found.items;
    char *end = NULL, quote = '\0';
    for (;; text++) {
        char c = *text;
        int plain = quote != '\0';
        if (end == NULL) {
            now->text = checked(malloc(strlen(text) + 1));
            now->pattern = end = checked(malloc(2 * strlen(text) + 1));
        }
        if (c == '\0' || (c == '|' && !quote)) {
            *end = '\0';
            if (end != now->pattern)
                now = &found.items[++found.count];
            if (c == '\0')
                return found;
            *now = (Alternative){0};
            end = NULL;
            continue;
        }
        if (c == quote) {
            quote = '\0';
        } else if (!quote && (c == '\'' || c == '"')) {
            quote = c;
        } else if (!quote && strchr(BLANKS, c)) {
            continue;
        } else {
            if (c == '\\' && quote != '\'' && text[1] != '\0') {
                c = *++text;
                plain = 1;
            }
            if (now->kind == START || (!plain && strchr("?[", c)))
                now->kind = PATTERN;
            else if (!plain && c == '*')
                now->kind = START;
            else
                now->text[now->length++] = c;
            if (plain)
                *end++ = '\\';
            *end++ = c;
        }
    }
}

static int matches(const char *text, const Alternatives *wanted) {
    size_t length = strlen(text);
    for (size_t i = 0; i < wanted->count; i++) {
        const Alternative *one = &wanted->items[i];
        if (one->kind == PATTERN) {
            if (fnmatch(one->pattern, text, 0) == 0)
                return 1;
        } else if (length >= one->length && (one->kind == START || length == one->length) &&
                   memcmp(text, one->text, one->length) == 0) {
            return 1;
        }
    }
    return 0;
}

static Alternatives managed, system_dirs, exempt;

static int class_of(const char *directory) {
    if (matches(directory, &managed))
        return STORE;
    return matches(directory, &system_dirs) ? SYSTEM : OTHER;
}

/* ---- reading arguments -------------------------------------------------------------------- */

static void put_include(const char *directory, int class) {
    add(&includes[class], joined("-I", directory));
}

static void put_isystem(const char *directory, int class) {
    add(&isystems[class], "-isystem");
    add(&isystems[class], directory);
}

static void add_once(List *list, const char *item) {
    if (!has(list, item))
        add(list, item);
}

static void add_isystem(const char *directory) {
    isystem_used = 1;
    put_isystem(directory, class_of(directory));
}

static void add_library_path(const char *directory) {
    add(&library_paths[class_of(directory)], joined("-L", directory));
}

static void add_rpath(const char *text) {
    /* A list that CMake padded: it replaces exactly this text when it installs. */
    if (*text == ':' || ends(text, ":") || strstr(text, "::")) {
        add_once(&rpaths[class_of(text)], text);
        return;
    }
    List found = fields(text, ':');
    for (size_t i = 0; i < found.count; i++)
        add_once(&rpaths[class_of(found.items[i])], found.items[i]);
}

static const char *rewritten(const char *argument) {
    if (matches(argument, &exempt))
        return argument;
    for (size_t i = 0; i < rule_starts.count; i++)
        if (starts(argument, rule_starts.items[i]))
            return joined(rule_ends.items[i], argument + strlen(rule_starts.items[i]));
    return argument;
}

/* One part of -Wl,...: whether it stays. */
static int linker_part(const char *text) {
    if (rpath_follows) {
        rpath_follows = 0;
        add_rpath(text);
    } else if (strcmp(text, "-rpath") == 0 || strcmp(text, "--rpath") == 0) {
        rpath_follows = 1;
    } else if (starts(text, "-rpath=") || starts(text, "--rpath=")) {
        add_rpath(strchr(text, '=') + 1);
    } else {
        return *text == '\0' || strcmp(text, strip_dtags) != 0;
    }
    return 0;
}

static void linker_parts(const char *argument) {
    List found = fields(argument + strlen("-Wl,"), ',');
    char *rest = part("-Wl", 3);
    size_t stayed = 0;
    for (size_t i = 0; i < found.count; i++)
        if (linker_part(found.items[i])) {
            rest = joined(joined(rest, ","), found.items[i]);
            stayed++;
        }
    if (stayed)
        add(&kept, stayed == found.count ? argument : rest);
}

/* Two drivers in a row (NAG): parts are separated by two commas. */
static void doubled_linker_part(const char *argument) {
    const char *text = argument + strlen("-Wl,-Wl,,");
    if (starts(text, "-rpath,,") || starts(text, "--rpath,,"))
        add_rpath(strstr(text, "rpath,,") + strlen("rpath,,"));
    else if (starts(text, "-rpath=") || starts(text, "--rpath="))
        add_rpath(strstr(text, "rpath=") + strlen("rpath="));
    else if (*strip_dtags == '\0' || strcmp(text, strip_dtags) != 0)
        add(&kept, argument);
}

static int is_source(const char *name) {
    static const char *const suffixes[] = {".c",   ".C",  ".cc", ".cpp", ".cxx", ".c++", ".CPP",
                                           ".cp",  ".m",  ".mm", ".f",   ".F",   ".for", NULL};
    const char *dot = strrchr(name, '.');
    if (dot == NULL)
        return 0;
    return is_one_of(dot, suffixes) || fnmatch(".[fF][0-9][0-9]", dot, 0) == 0;
}

static const char *const with_value[] = {
    "-o",         "-x",         "-MF",        "-MT",   "-MQ",     "-u",
    "-z",         "-include",   "-imacros",   "-iquote", "-idirafter", "-framework",
    "-install_name", "-arch",   "-Xclang",    "-Xpreprocessor", "-Xassembler", NULL};
static const char *const with_value_in_ld[] = {"-o", "-e", "-T", "-u",     "-z",
                                               "-m", "-h", "-soname", NULL};

/* Sorts the arguments; what is not a search path goes into "kept". */
static void collect(char **arguments, size_t count) {
    enum { NOTHING, KEEP, INCLUDE, ISYSTEM, LIBRARY_PATH, RPATH, LINKER } expect = NOTHING;
    rpath_follows = 0;
    for (size_t i = 0; i < count; i++) {
        const char *a = arguments[i];
        int state = expect;
        expect = NOTHING;
        switch (state) {
        case KEEP: add(&kept, a); continue;
        case INCLUDE: put_include(a, class_of(a)); continue;
        case ISYSTEM: add_isystem(a); continue;
        case LIBRARY_PATH: add_library_path(a); continue;
        case RPATH: add_rpath(a); continue;
        case LINKER:
            if (linker_part(a)) {
                add(&kept, "-Xlinker");
                add(&kept, a);
            }
            continue;
        }
        if (*a != '-') {
            if (is_source(a))
                add(&sources, a);
            add(&kept, a);
            continue;
        }
        if (mode == LD) {
            if (strcmp(a, "-rpath") == 0 || strcmp(a, "--rpath") == 0) {
                expect = RPATH;
                continue;
            }
            if (starts(a, "-rpath=") || starts(a, "--rpath=")) {
                add_rpath(strchr(a, '=') + 1);
                continue;
            }
            if (starts(a, "-I") || starts(a, "-isystem") || is_one_of(a, with_value_in_ld)) {
                add(&kept, a);
                if (is_one_of(a, with_value_in_ld))
                    expect = KEEP;
                continue;
            }
        }
        if (starts(a, "-isystem")) {
            if (a[8] == '\0')
                expect = ISYSTEM;
            else
                add_isystem(a + 8);
        } else if (starts(a, "-I")) {
            if (a[2] == '\0')
                expect = INCLUDE;
            else if (strcmp(a, "-I-") == 0 || a[2] == '=')
                add(&kept, a);
            else
                put_include(a + 2, class_of(a + 2));
        } else if (starts(a, "-L")) {
            if (a[2] == '\0')
                expect = LIBRARY_PATH;
            else
                add_library_path(a + 2);
        } else if (starts(a, "-l")) {
            if (!linking || !starts(a, "-loopopt"))
                add(&kept, a);
        } else if (starts(a, "-Wl,-Wl,,")) {
            doubled_linker_part(a);
        } else if (starts(a, "-Wl,")) {
            linker_parts(a);
        } else if (strcmp(a, "-Xlinker") == 0) {
            expect = LINKER;
        } else if (is_one_of(a, with_value)) {
            add(&kept, a);
            expect = KEEP;
        } else if (starts(a, "-frandom-seed=")) {
            random_seed = "";
            add(&kept, a);
        } else if (strcmp(a, "-r") == 0) {
            relocatable = 1;
            add(&kept, a);
        } else if (*strip_dtags == '\0' || strcmp(a, strip_dtags) != 0) {
            add(&kept, rewritten(a));
        }
    }
}

/* ---- which program, which mode -------------------------------------------------------------- */

static const char *name_of_program(char **argv) {
    const char *path = argv[0];
#ifdef __linux__
    /* The name under which this file was found, whatever the caller calls it. */
    if (getauxval(AT_EXECFN))
        path = (const char *)getauxval(AT_EXECFN);
#endif
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

typedef struct {
    const char *tool, *language;
    const char *const *names;
} Kind;

static const char *const c_names[] = {"cc",   "c89",  "c99", "gcc",  "clang", "armclang", "icc", "icx",
                                      "pgcc", "nvc",  "xlc", "xlc_r", "fcc",  "amdclang", "craycc", NULL};
static const char *const cxx_names[] = {"c++",   "CC",       "g++",  "clang++", "armclang++",
                                        "icpc",  "icpx",     "pgc++", "nvc++",  "xlc++",
                                        "xlc++_r", "FCC",    "amdclang++", "crayCC", NULL};
static const char *const fc_names[] = {"fc",       "ftn",   "f90",  "f95",   "gfortran", "flang", "armflang",
                                       "ifort",    "ifx",   "pgfortran", "nvfortran", "xlf90", "xlf90_r",
                                       "nagfor",   "frt",   "amdflang", "crayftn", NULL};
static const char *const f77_names[] = {"f77", "xlf", "xlf_r", "pgf77", NULL};
static const char *const cpp_names[] = {"cpp", NULL};
static const char *const ld_names[] = {"ld", "ld.gold", "ld.lld", NULL};
static const Kind kinds[] = {{"CC", "c", c_names},         {"CXX", "cxx", cxx_names},
                             {"FC", "fortran", fc_names},  {"F77", "fortran", f77_names},
                             {"", "c", cpp_names},         {"", "", ld_names}};

static const Kind *kind_of(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (is_one_of(name, kinds[i].names))
            return &kinds[i];
    fail("no compiler is known under this name");
    return NULL;
}

static void find_mode(int count, char **arguments) {
    static const char *const questions[] = {"-v", "-V", "--version", "-dumpversion", NULL};
    if (mode == LD) {
        if (count == 1 && is_one_of(arguments[0], questions) && arguments[0][1] != 'd')
            mode = VCHECK;
        return;
    }
    for (int i = 0; i < count; i++) {
        if (is_one_of(arguments[i], questions)) {
            mode = VCHECK;
            return;
        }
        if (strcmp(arguments[i], "-E") == 0)
            mode = CPP;
        else if (strcmp(arguments[i], "-S") == 0 && mode != CPP)
            mode = AS;
        else if (strcmp(arguments[i], "-c") == 0 && mode == -1)
            mode = CC;
    }
    if (mode == -1)
        mode = CCLD;
}

static void clean_path(void) {
    List wrappers = fields(variable("SPACK_COMPILER_WRAPPER_PATH"), ':');
    List directories = fields(variable("PATH"), ':');
    char *path = part("", 0);
    for (size_t i = 0; i < directories.count; i++) {
        const char *directory = directories.items[i];
        if (*directory == '\0' || strcmp(directory, ".") == 0 || has(&wrappers, directory) ||
            (ends(directory, "/") && has(&wrappers, part(directory, strlen(directory) - 1))))
            continue;
        path = joined(*path ? joined(path, ":") : path, directory);
    }
    setenv("PATH", path, 1);
}

/* ---- the new command line ------------------------------------------------------------------- */

static void log_line(const char *suffix, const char *first, char **words, size_t count) {
    char *path = joined(variable("SPACK_DEBUG_LOG_DIR"), "/spack-cc-");
    FILE *stream = fopen(joined(joined(path, variable("SPACK_DEBUG_LOG_ID")), suffix), "a");
    if (stream == NULL)
        return;
    fprintf(stream, "[%s] %s", mode_names[mode], first);
    for (size_t i = 0; i < count; i++)
        fprintf(stream, "%s%s", i || *first ? " " : "", words[i]);
    fputc('\n', stream);
    fclose(stream);
}

static void answer_test(const char *question, const List *command) {
    if (strcmp(question, "dump-args") == 0) {
        for (size_t i = 0; i < command->count; i++)
            puts(command->items[i]);
    } else if (strcmp(question, "dump-mode") == 0) {
        puts(mode_names[mode]);
    } else if (starts(question, "dump-env-")) {
        const char *name = question + strlen("dump-env-");
        for (const char *c = name; *c || c == name; c++)
            if (!(*c == '_' || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') ||
                  (c != name && *c >= '0' && *c <= '9')))
                fail("'%s' is not the name of a variable", name);
        printf("%s: %s\n", name, variable(name));
    } else {
        fail("SPACK_TEST_COMMAND is '%s'; known are dump-args, dump-mode and dump-env-NAME", question);
    }
    exit(0);
}

static void inject(const char *text, List *list, const char *option, int class) {
    List found = fields(text, ':');
    for (size_t i = 0; i < found.count; i++) {
        if (list)
            add_once(list, joined(option, found.items[i]));
        else if (isystem_used)
            put_isystem(found.items[i], class);
        else
            put_include(found.items[i], class);
    }
}

static List spec_flags(const Kind *kind) {
    int is_c = strcmp(kind->language, "c") == 0, is_cxx = strcmp(kind->language, "cxx") == 0;
    const char *own = is_c ? "CFLAGS" : is_cxx ? "CXXFLAGS" : "FFLAGS";
    List words = {0};
    if (*kind->language == '\0')
        return words;
    if (is_c || is_cxx)
        add_words(&words, variable("SPACK_ALWAYS_CPPFLAGS"));
    if (mode != CPP || *kind->tool)
        add_words(&words, variable(joined("SPACK_ALWAYS_", own)));
    if (!is_c && !is_cxx)
        add_words(&words, variable("SPACK_ALWAYS_CPPFLAGS"));
    if (mode == VCHECK || mode == LD)
        return words;
    if (mode == CPP || is_c || is_cxx)
        add_words(&words, variable("SPACK_CPPFLAGS"));
    if (mode != CPP)
        add_words(&words, variable(joined("SPACK_", own)));
    if (mode != CPP && !is_c && !is_cxx)
        add_words(&words, variable("SPACK_CPPFLAGS"));
    if (mode == CCLD)
        add_words(&words, variable("SPACK_LDFLAGS"));
    return words;
}

static void read_rules(void) {
    List rules = {0};
    add_words(&rules, variable("SPACK_COMPILER_FLAGS_REPLACE"));
    for (size_t i = 0; i < rules.count; i++) {
        const char *bar = strchr(rules.items[i], '|');
        add(&rule_starts, bar ? part(rules.items[i], bar - rules.items[i]) : rules.items[i]);
        add(&rule_ends, bar ? bar + 1 : rules.items[i]);
    }
    exempt = alternatives(variable("SPACK_COMPILER_FLAGS_KEEP"));
}

static void move_classes(List *command, List *lists, int last) {
    for (int class = STORE; class <= last; class++) {
        add_all(command, &lists[class]);
        lists[class].count = 0;
    }
}

int main(int argc, char **argv) {
    static const char *const required[] = {
        "SPACK_COMPILER_WRAPPER_PATH", "SPACK_DEBUG_LOG_DIR", "SPACK_DEBUG_LOG_ID",
        "SPACK_SHORT_SPEC", "SPACK_SYSTEM_DIRS", "SPACK_MANAGED_DIRS", NULL};
    program = name_of_program(argv);
    for (const char *const *name = required; *name; name++)
        if (*variable(*name) == '\0')
            fail("%s is not set: this wrapper (version 1.1.0) works only inside a build of Spack",
                 *name);

    const Kind *kind = kind_of(program);
    const char *tool = kind->tool, *real = program, *rpath_arg = "", *linker_arg = "";
    if (*tool) {
        real = tool_variable(tool, "");
        rpath_arg = tool_variable(tool, "_RPATH_ARG");
        linker_arg = tool_variable(tool, "_LINKER_ARG");
        random_seed = tool_variable(tool, "_HAS_FRANDOM_SEED");
        if (*real == '\0' || *rpath_arg == '\0' || *linker_arg == '\0')
            fail("%s has no compiler for this language; the recipe may lack"
                 " depends_on(\"%s\", type=\"build\")",
                 variable("SPACK_SHORT_SPEC"), kind->language);
    } else {
        mode = *kind->language ? CPP : LD;
    }
    find_mode(argc - 1, argv + 1);
    linking = mode == CCLD || mode == LD;
    clean_path();
    int debugging = strcmp(variable("SPACK_DEBUG"), "TRUE") == 0;
    if (debugging)
        log_line(".in.log", program, argv + 1, argc - 1);

    List command = {0};
    List of_spec = spec_flags(kind);
    if (mode == VCHECK) {
        add(&command, real);
        add_all(&command, &of_spec);
        for (int i = 1; i < argc; i++)
            add(&command, argv[i]);
    } else {
        const char *add_dtags = "";
        if (linking) {
            strip_dtags = variable("SPACK_DTAGS_TO_STRIP");
            add_dtags = variable("SPACK_DTAGS_TO_ADD");
        }
        managed = alternatives(variable("SPACK_MANAGED_DIRS"));
        system_dirs = alternatives(variable("SPACK_SYSTEM_DIRS"));
        read_rules();

        collect(of_spec.items, of_spec.count);
        List spec_rest = kept, spec_paths = {0}, spec_library_paths = {0};
        move_classes(&spec_paths, includes, OTHER);
        move_classes(&spec_paths, isystems, OTHER);
        move_classes(&spec_library_paths, library_paths, OTHER);
        kept = (List){0};
        sources.count = 0;
        isystem_used = 0;
        collect(argv + 1, argc - 1);

        if (mode != LD) {
            inject(variable("SPACK_STORE_INCLUDE_DIRS"), NULL, "-I", STORE);
            inject(variable("SPACK_INCLUDE_DIRS"), NULL, "-I", OTHER);
        }
        int on_macos = linking && strstr(variable("SPACK_SHORT_SPEC"), "darwin");
        if (linking) {
            inject(variable("SPACK_STORE_LINK_DIRS"), &library_paths[STORE], "-L", STORE);
            inject(variable("SPACK_LINK_DIRS"), &library_paths[OTHER], "-L", OTHER);
            if (!on_macos || !relocatable) {
                inject(variable("SPACK_STORE_RPATH_DIRS"), &rpaths[STORE], "", STORE);
                inject(variable("SPACK_RPATH_DIRS"), &rpaths[OTHER], "", OTHER);
                inject(variable("SPACK_COMPILER_EXTRA_RPATHS"), &rpaths[OTHER], "", OTHER);
                inject(variable("SPACK_COMPILER_IMPLICIT_RPATHS"), &rpaths[OTHER], "", OTHER);
            }
        }

        if (*variable("SPACK_CCACHE_BINARY") && (strcmp(tool, "CC") == 0 || strcmp(tool, "CXX") == 0)) {
            add(&command, variable("SPACK_CCACHE_BINARY"));
            setenv("CCACHE_NOHASHDIR", "yes", 1);
        }
        add(&command, real);
        if (mode == AS || mode == CC || mode == CCLD) {
            const char *debug = variable("SPACK_ADD_DEBUG_FLAGS");
            if (strcmp(debug, "true") == 0)
                add(&command, "-g");
            else if (strcmp(debug, "custom") == 0)
                add_words(&command, variable("SPACK_DEBUG_FLAGS"));
        }
        if (*tool) {
            const char *language = *tool == 'F' ? "FORTRAN" : tool;
            add_words(&command, variable(joined("SPACK_TARGET_ARGS_", language)));
        }
        add_all(&command, &spec_paths);
        move_classes(&command, includes, OTHER);
        move_classes(&command, isystems, OTHER);
        add_all(&command, &includes[SYSTEM]);
        add_all(&command, &isystems[SYSTEM]);
        add_all(&command, &spec_library_paths);
        move_classes(&command, library_paths, SYSTEM);
        if (*add_dtags)
            add(&command, mode == LD ? add_dtags : joined(linker_arg, add_dtags));
        for (int class = STORE; linking && class < CLASSES; class++)
            for (size_t i = 0; i < rpaths[class].count; i++) {
                if (mode == LD)
                    add(&command, "-rpath");
                add(&command, joined(mode == LD ? "" : rpath_arg, rpaths[class].items[i]));
            }
        if (*random_seed && sources.count && (mode == AS || mode == CC || mode == CCLD)) {
            char *seed = joined("-frandom-seed=", sources.items[0]);
            for (size_t i = 1; i < sources.count; i++)
                seed = joined(joined(seed, "|"), sources.items[i]);
            add(&command, seed);
        }
        if (on_macos)
            add(&command, joined(mode == LD ? "" : linker_arg, "-headerpad_max_install_names"));
        add_all(&command, &kept);
        add_all(&command, &spec_rest);
        List libraries = {0};
        if (linking)
            add_words(&libraries, variable("SPACK_LDLIBS"));
        for (size_t i = 0; i < libraries.count; i++) {
            const char *word = libraries.items[i];
            add(&command, strchr("-/@", *word) ? word : joined("-l", word));
        }
    }

    if (*variable("SPACK_TEST_COMMAND"))
        answer_test(variable("SPACK_TEST_COMMAND"), &command);
    if (debugging)
        log_line(".out.log", "", command.items, command.count);
    add(&command, NULL);
    execvp(command.items[0], command.items);
    int reason = errno;
    fprintf(stderr, "[spack %s]: cannot run %s: %s\n", program, command.items[0], strerror(reason));
    return reason == ENOENT ? 127 : 126;
}
