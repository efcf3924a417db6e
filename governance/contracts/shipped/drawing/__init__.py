"""What makers of sample documents draw with: sheets, logos, numbers with check digits, scans."""
