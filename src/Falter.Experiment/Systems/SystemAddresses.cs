using System.Text.RegularExpressions;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>The addresses of roles in the texts of an experiment: <c>${address:etcd-1}</c>.</summary>
internal static partial class SystemAddresses
{
    [GeneratedRegex(@"\$\{address:(?<role>[A-Za-z0-9_-]+)\}")]
    private static partial Regex Place();

    /// <summary>The text with each address filled in.</summary>
    public static string Resolve(string text, Func<string, string> addressOf) => Place().Replace(text, match => addressOf(match.Groups["role"].Value));

    /// <summary>The check with all addresses filled in that it may hold.</summary>
    public static CheckDefinition Resolve(CheckDefinition check, Func<string, string> resolve) => check switch
    {
        HttpCheckDefinition http => http with { Url = resolve(http.Url) },
        TcpCheckDefinition tcp => tcp with { Address = resolve(tcp.Address) },
        CommandCheckDefinition command => command with { Command = resolve(command.Command) },
        PrometheusCheckDefinition prometheus => prometheus with { Url = resolve(prometheus.Url), Query = resolve(prometheus.Query) },
        _ => check,
    };
}
