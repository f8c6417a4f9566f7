using Falter.Records;

namespace Falter.Report;

/// <summary>The keys of what is done to the system.</summary>
internal static class FaultsFields
{
    /// <summary>The mechanisms of system call rules, as `falter inject --mechanism` takes them; a test holds them equal with those of the injecting room.</summary>
    public static readonly IReadOnlyList<string> Mechanisms = ["seccomp-notify", "seccomp-attach", "ptrace", "bpf-trigger", "bpf-override", "cgroup-bpf"];

    public static readonly FieldSection Natural = new("natural", "natural", "Natural errors, observed and amplified.",
    [
        new Field("roles", new TextsForm("a list of roles", Forms.Role, MayBeEmpty: true), "The roles whose errors are meant; none: all.", "[web]", "[]"),
        new Field("max_models", Forms.Whole(1, 1000), "The most error models that are tried.", "10", "10"),
        new Field("together", Forms.Truth, "Whether the errors of all these roles are taken together, and injected into every role, as if they were one.", "true", "false"),
    ]);

    public static readonly FieldSection Plan = new("plan", "a plan", "Faults that are armed together.",
    [
        new Field("name", Forms.Text, "Unique among the plans.", "disk full", null, true),
        new Field("faults", new ItemsForm("a list of faults", new FaultForm()), "Faults in the rule language, each for one role or for all: a text `\"ROLE: RULE\"` or `RULE`, or a map of a rule's fields with `role`.", "[\"web: write:error=ENOSPC:rate=5%\", { role: db, syscalls: [fsync], error: EIO }]", null, true),
    ]);

    public static readonly FieldSection Faults = new("faults", "faults", "What is done to the system. At least one of `natural`, `models` and `plans` is needed.",
    [
        new Field("natural", new NaturalForm(Natural), "Whether natural errors are observed and amplified; each becomes a plan.", "true", "false"),
        new Field("models", Forms.Path, "A file of error models (`falter models -o FILE`), relative to the experiment's file; each becomes a plan.", "models.yaml", "none"),
        new Field("plans", new ItemsForm("a list of plans", new SectionForm(Plan), MayBeEmpty: true), "Plans that are written here.", "[{ name: disk full, faults: [\"write:error=ENOSPC:rate=5%\"] }]", "[]"),
        new Field("at_once", Forms.Whole(1, 10), "Up to so many plans are armed at once, in all combinations.", "2", "1"),
        new Field("max_plans", Forms.Whole(1, 100_000), "The most plans in all, natural ones first; what is left out is told.", "100", "100"),
        new Field("strategy", Forms.Word<FaultStrategy>(), "`realistic`: natural errors, amplified. `random`: as many faults, chosen at random among the calls that the system makes, to compare with.", "random", "realistic"),
        new Field("find_thresholds", Forms.Truth, "Whether the rate at which the verdict changes is searched for, per plan with one rate.", "true", "false"),
        new Field("mechanism", Forms.OneOf([.. Mechanisms]), "The mechanism of system call rules.", "seccomp-notify", "the best for each"),
    ]) { Rules = """{"anyOf":[{"required":["natural"]},{"required":["models"]},{"required":["plans"]}]}""" };
}
