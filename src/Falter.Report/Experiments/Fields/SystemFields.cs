using Falter.Records;

namespace Falter.Report;

/// <summary>The keys of the system and its processes.</summary>
internal static class SystemFields
{
    public static readonly FieldSection Attach = new("attach", "attach", "Processes that run already: one of these keys.",
    [
        new Field("pid", Forms.Whole(1, int.MaxValue), "A process, with its descendants.", "1234"),
        new Field("name", Forms.Text, "A command or program name: all its processes.", "nginx"),
        new Field("cgroup", Forms.Text, "A control group's path.", "/system.slice/nginx.service"),
        new Field("container", Forms.Text, "A container's id or name.", "web"),
    ]) { Rules = """{"minProperties":1,"maxProperties":1}""" };

    public static readonly FieldSection Stop = new("process_stop", "stop", "How a process is ended.",
    [
        new Field("signal", Forms.Signal, "What asks it to end.", "SIGINT", "SIGTERM"),
        new Field("grace", Forms.Time, "How long it may take to end before it is killed.", "10s", "5s"),
    ]);

    /// <summary>Keys that only a process that is launched can have.</summary>
    public static readonly IReadOnlyList<string> OnlyLaunched = ["environment", "folder", "after", "restart", "stop"];

    public static readonly FieldSection Process = new("process", "a process", "One role of the system: a command that is launched, or processes that run already.",
    [
        new Field("role", Forms.Role, "The process's stable name, unique in the system.", "web", null, true),
        new Field("command", new CommandForm(), "The command: a list of words, or one text that is split as a shell splits words. No shell runs it; `[sh, -c, \"…\"]` asks for one.", "nginx -g 'daemon off;'"),
        new Field("attach", new SectionForm(Attach), "Processes that run already, instead of `command`.", "{ name: nginx }"),
        new Field("environment", new EnvironmentForm(), "Variables that extend or replace Falter's own.", "{ PGTZ: UTC }", "Falter's own"),
        new Field("folder", Forms.Path, "The folder that it starts in, relative to the experiment's file.", "/srv", "Falter's own"),
        new Field("ready", CheckFields.ReadyForm, "A check of any kind that tells when it is ready, or only a `timeout`.", "{ tcp: \"127.0.0.1:5432\", timeout: 30s }", "all checks of the experiment pass within 30s"),
        new Field("after", new TextsForm("a list of roles", Forms.Role, MayBeEmpty: true), "Roles that must be ready before it is started.", "[db]", "[]"),
        new Field("restart", Forms.Word<RestartRule>(), "When it is started again after it ended by itself. `never`: its end is the end of the system. `on-failure`: where it ended otherwise than with status 0.", "on-failure", "never"),
        new Field("stop", new SectionForm(Stop), "How it is ended.", "{ signal: SIGINT, grace: 10s }", "{ signal: SIGTERM, grace: 5s }"),
    ])
    {
        Rules = "{\"oneOf\":[{\"required\":[\"command\"]},{\"required\":[\"attach\"],\"properties\":{" + string.Join(',', OnlyLaunched.Select(k => $"\"{k}\":false")) + "}}]}",
    };

    public static readonly FieldSection System = new("system", "the system", "The processes under test.",
    [
        new Field("network", Forms.Word<NetworkLayout>(), "`host`: the network that Falter itself is in. `private`: one network namespace for each role on a private bridge; `${address:ROLE}` in commands, URLs and environments is the role's address there, and 127.0.0.1 on the host's network.", "private", "host"),
        new Field("prepare", Forms.Text, "Run by `sh -c` in Falter's own folder before the processes are started, each time.", "rm -rf /tmp/web && mkdir /tmp/web", "nothing"),
        new Field("clean_up", Forms.Text, "Run by `sh -c` in Falter's own folder after the processes were stopped, each time.", "rm -rf /tmp/web", "nothing"),
        new Field("processes", new ItemsForm("a list of processes", new SectionForm(Process)), "The roles, in the order in which they are started; all launched, or all attached to.", "[{ role: web, command: nginx }]", null, true),
    ]);
}
