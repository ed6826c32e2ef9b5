# SPDX-License-Identifier: Apache-2.0
"""Tables, hosts files, trails and reports for the fuzz target `import`."""
from corpus_file import write

FEEDS = {
    "table-verdicts": "type,indicator,classification,detected_date\r\ndomain,a[.]example[.]org,malicious,2030-01-02\r\n"
                      "url,hXXps[:]//b[.]example[.]org/x,phishing,\r\ndomain,c.example.org,legitimate,2030-01-04\r\n,,,\r\n"
                      "email,x@example.org,,\r\ndomain,d.example.org\r\n",
    "table-misp": "uuid,category,type,value,comment,to_ids,date\nu,Network activity,ip-dst|port,8.8.8.8|443,\"a\nb\",0,1893542400\n"
                  "u,n,domain|ip,b.example.org|8.8.4.4,,1,\nu,n,ja3-fingerprint-md5,0123456789abcdef0123456789abcdef,,1,\n"
                  "u,n,x509-fingerprint-sha1,01:23:45:67:89:01:23:45:67:89:01:23:45:67:89:01:23:45:67:89,,1,\nu,n,AS,64500,,,\n"
                  "u,n,user-agent,\"A (b)\",,1,\nu,n,link,https://r.example.com/,,,\n",
    "table-ports": "# SSL Certificates \"x\n#\n# Firstseen,DstIP,DstPort,SHA1\n2030-01-02,8.8.8.8,443,"
                   "0123456789012345678901234567890123456789\n2030-01-02,2001:4860::8888,\"80;443/udp\",-\nx,8.8.8.0/24,1,\n# END\n",
    "table-quoted": "\"ioc_value\", \"ioc_type\", \"confidence_level\"\n\"a.example.org\", \"domain\", \"75\"\n\"8.8.8.8:1\", \"ip:port\", \"high\"\n",
    "table-url": "id;url;host;ip;match_type;source\n1;http://x.example.org/y;x.example.org;8.8.8.8;contains;https://r.example.com/\n",
    "table-one-column": "\"ja4\"\nt13d1516h2_8daaf6152771_e5627efa2ab1\n",
    "hosts": "# a\n127.0.0.1 localhost\n0.0.0.0 a.example.org b.example.org # c\n::\td.example.org#e\n192.0.2.7 f.example.org\n0.0.0.0\n",
    "maltrail": "# Copyright (c) Maltrail developers (https://example.com/)\n# Aliases: a, b\n# Reference: https://r.example.com/1\n"
                "# Reference: https://r.example.com/2 (# 2030-02-28, c)\n\na.example.org\n8.8.8.8:80\n8.8.4.0/24 # d\n/path\nb.example.org/c\n"
                "# Generic\nc.example.org\n",
    "report-markdown": "# Indicators of Compromise: X\n\nIt ran (x[.]example[.]org), see [y](https://r.example.com/).\n\n## IOCs\n\n"
                       "| Indicator Type | Indicator Value |\n| :--- | :--- |\n| Domain | `a[.]example[.]org`<br>b(dot)example.org |\n"
                       "| URL | hxxps://c[.]example[.]org/d \\| e |\n\n```\nf.example.org\n```\nTitle\n-----\n- *.g[.]example[.]org\n",
    "report-clear": "# IOCs\n- a.example.org\n## C2\n* `8.8.8.8`\n| Domain | IP | Port |\n|---|---|---|\n| b.example.org | 8.8.4.4 | 80 |\n",
    "report-asciidoc": ":toc:\n\n= X -- IOCs\n\n== Network IOCs\n\n[cols=\"2*,1\",options=\"header\"]\n|===\n|IP |Domain |First seen\n"
                       "|`+8.8.8[.]8+` |`+N/A+` |2030-01-02\n|\n|`+a.example[.]org+` +\n`+b.example[.]org+`\n|x\n|===\n\n----\nc.example.org\n----\n|===\n|d",
}


def tables():
    for name, text in FEEDS.items():
        write("import", name, text.encode())
