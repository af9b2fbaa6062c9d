import subprocess, sys, pytest
@pytest.mark.timeout(400)
def test_st(base_url, container, cast):
    r = subprocess.run([".venv/bin/st","run",f"{base_url}/openapi.json","-H",f"Authorization: {cast.owner.headers['Authorization']}","--checks","not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance","-n","25","--max-time","150","--workers","1"],capture_output=True,text=True,timeout=390)
    open("/tmp/st.out","w").write(r.stdout+r.stderr)
