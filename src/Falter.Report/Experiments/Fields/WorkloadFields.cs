namespace Falter.Report;

/// <summary>The keys of what drives the system.</summary>
internal static class WorkloadFields
{
    private static readonly Field s_commandTimeout = new("timeout", Forms.SomeTime, "After this a step has failed.", "10s", "10s");

    public static readonly FieldSection Http = new("http_workload", "http", "GET requests of an open loop: sent by a schedule, whatever the system does.",
    [
        new Field("urls", new TextsForm("a list of URLs", Forms.Url), "What is requested; each arrival takes one of them by chance.", "[\"http://127.0.0.1:8080/\"]", null, true),
        new Field("rate", Forms.PerSecond, "Mean requests per second, of Poisson arrivals.", "200", "200"),
        new Field("timeout", Forms.SomeTime, "After this a request without an answer has failed.", "2s", "2s"),
    ]);

    public static readonly FieldSection Rounds = new("rounds", "rounds", "Rounds as a mail user makes them. Each part is a command, run by `sh -c` with the round's number in `FALTER_ROUND` and a folder of the round's own in `FALTER_ROUND_FOLDER`; the first that fails ends the round.",
    [
        new Field("send", Forms.Text, "The command that sends.", "./send-mail", null, true),
        new Field("wait", Forms.Time, "Between sending and fetching.", "1s", "0s"),
        new Field("fetch", Forms.Text, "The command that fetches.", "./fetch-mail", "nothing is fetched"),
        new Field("validate", Forms.Text, "The command that compares what was fetched with what was sent.", "./compare-mail", "what was fetched is right"),
        new Field("pause", Forms.Time, "Between two rounds.", "1s", "0s"),
        s_commandTimeout,
    ]);

    public static readonly IReadOnlyList<FieldSection> Kinds =
    [
        new("workload_http", "a workload of requests", "Requests.", [new Field("http", new SectionForm(Http), "GET requests.", "{ urls: [\"http://127.0.0.1:8080/\"], rate: 200 }", null, true)]),
        new("workload_command", "a workload of commands", "A command, run by `sh -c` again and again, one run after the other.",
        [
            new Field("command", Forms.Text, "The command.", "pgbench -T 1", null, true),
            s_commandTimeout with { Description = "After this a run has failed." },
            new Field("parallel", Forms.Whole(1, 1000), "How many loops run side by side.", "2", "1"),
            new Field("pause", Forms.Time, "Between two runs.", "100ms", "0s"),
        ]),
        new("workload_rounds", "a workload of rounds", "Rounds: send, wait, fetch, validate.", [new Field("rounds", new SectionForm(Rounds), "The rounds.", "{ send: ./send-mail, fetch: ./fetch-mail, validate: ./compare-mail }", null, true)]),
    ];

    public static readonly KindForm Form = new(Kinds);
}
