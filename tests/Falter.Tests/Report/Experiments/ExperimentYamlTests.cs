using System.Collections;
using System.Globalization;
using System.Text;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

/// <summary>What is written of an experiment is read back to the same experiment.</summary>
public class ExperimentYamlTests
{
    [Fact]
    public void Any_experiment_is_read_back_as_it_was()
    {
        var experiments = new GeneratedExperiments(5);
        for (int i = 0; i < 200; i++)
        {
            ExperimentDefinition experiment = experiments.Next();
            string written = ExperimentYaml.Of(experiment);
            ExperimentDefinition? read = null;
            Exception? thrown = Record.Exception(() => read = ExperimentFile.Parse(written, "/elsewhere/e.yaml"));
            Assert.True(thrown is null, $"{i}: {thrown}\n{written}");
            Assert.Equal(Dump(experiment), Dump(read));
        }
    }

    [Fact]
    public void What_is_written_is_short_and_reads_well() => Assert.Equal("""
        # An experiment; docs/reference/experiment-file.md describes every field, `falter run FILE` runs it.
        version: 1
        name: web

        system:
          processes:
            - role: web
              command: [nginx, "-g", "daemon off;"]
              ready: { tcp: "127.0.0.1:80", timeout: 30s }

        workload:
          - { http: { urls: ["http://127.0.0.1/"], rate: 200, timeout: 2s } }

        checks:
          - { http: "http://127.0.0.1/" }
          - { process: memory, role: web, value: { most: 1048576 } }

        faults:
          natural: { max_models: 10 }
          plans:
            - name: "disk full"
              faults:
                - "web: write:error=ENOSPC:rate=5%"

        phases:
          warm_up: 3s
          observe: 30s
          interval: 1s
          baseline: 20s
          inject: 20s
          recover: 10s

        """, ExperimentYaml.Of(ExperimentFile.Parse("""
        { version: 1, name: web, system: { processes: [{ role: web, command: "nginx -g 'daemon off;'", ready: { tcp: "127.0.0.1:80" } }] }, workload: { http: { urls: "http://127.0.0.1/" } },
          checks: [{ http: "http://127.0.0.1/" }, { process: memory, role: web, value: ..1MiB }], faults: { natural: true, plans: [{ name: disk full, faults: ["web: write:error=ENOSPC:rate=5%"] }] } }
        """, "e.yaml")));

    /// <summary>Every property of a record and of what it holds; a fault by its text, as a written one is the same fault.</summary>
    private static string Dump(object? value, string indent = "")
    {
        switch (value)
        {
            case null: return "null";
            case Fault or string or TimeSpan or Signal: return $"{value}";
            case IFormattable number: return number.ToString(null, CultureInfo.InvariantCulture);
            case bool or char: return $"{value}";
            case IReadOnlyDictionary<string, string> map: return string.Join(';', map.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={e.Value}"));
            case IEnumerable items: return $"[{string.Join(",", items.Cast<object?>().Select(i => Dump(i, indent + "  ")))}]";
        }
        var text = new StringBuilder($"{value.GetType().Name}");
        foreach (System.Reflection.PropertyInfo property in value.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0 && p.Name is not "EqualityContract").OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            text.Append($"\n{indent}{property.Name}: {Dump(property.GetValue(value), indent + "  ")}");
        }
        return text.ToString();
    }
}
